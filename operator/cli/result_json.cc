#include "cli/result_json.h"

#include <nlohmann/json.hpp>

#include "cli/csv.h"

namespace dso::cli {
namespace {

using Json = nlohmann::ordered_json;

double Seconds(milliseconds duration) { return std::chrono::duration<double>(duration).count(); }

Json ToJson(const sim::Policy& policy) {
  return {{"hpaTarget", policy.hpa_target}, {"floorTarget", policy.floor_target}, {"quantile", policy.quantile}};
}

Json ToJson(const sim::Service& service) {
  return {{"lost", service.lost},
          {"lostShare", service.lost_share},
          {"replicaHours", service.replica_hours},
          {"busySeconds", Seconds(service.busy)},
          {"worstBusySeconds", Seconds(service.worst_busy)},
          {"meanUtilization", service.mean_utilization},
          {"changes", service.changes}};
}

Json ToJson(const sim::BacktestOptions& options) {
  return {{"capacityPerReplica", options.capacity_per_replica},
          {"policy", ToJson(options.policy)},
          {"startupSeconds", Seconds(options.startup)},
          {"leadSeconds", Seconds(options.lead)},
          {"minReplicas", options.min_replicas},
          {"maxReplicas", options.max_replicas},
          {"warmupSeconds", Seconds(options.warmup)},
          {"scaleDownWindowSeconds", Seconds(options.scale_down_window)}};
}

Json ToJson(const sim::Accuracy& accuracy) {
  return {{"forecasts", accuracy.forecasts},
          {"wape", accuracy.wape},
          {"wapeLastValue", accuracy.wape_last_value},
          {"wapeSeasonalNaive", accuracy.wape_seasonal_naive},
          {"coverage", accuracy.coverage},
          {"coverageOfPeak", accuracy.coverage_of_peak},
          {"coverageInRises", accuracy.coverage_in_rises}};
}

Json ToJson(const sim::FrontierPoint& point) {
  return {{"policy", ToJson(point.policy)},
          {"withFloor", point.with_floor},
          {"service", ToJson(point.service)},
          {"relativeCost", point.relative_cost},
          {"relativeLoss", point.relative_loss}};
}

}  // namespace

std::string ResultJson(const sim::BacktestResult& result) {
  Json models = Json::array();
  for (const sim::ModelScore& model : result.models) {
    models.push_back({{"name", model.name}, {"wape", model.wape}, {"weight", model.weight}});
  }
  Json seasons = Json::array();
  for (const milliseconds season : result.seasons) seasons.push_back(Seconds(season));
  Json json{{"trace", result.trace},
            {"from", ExactTime(result.from)},
            {"judgedFrom", ExactTime(result.judged_from)},
            {"to", ExactTime(result.to)},
            {"samples", result.samples},
            {"ignored", result.ignored},
            {"peak", result.peak},
            {"options", ToJson(result.options)},
            {"model", result.model},
            {"seasonsSeconds", std::move(seasons)},
            {"models", std::move(models)},
            {"accuracy", ToJson(result.accuracy)},
            {"alone", ToJson(result.alone)},
            {"withFloor", ToJson(result.with_floor)}};
  if (!result.frontier.empty()) {
    Json frontier = Json::array();
    for (const sim::FrontierPoint& point : result.frontier) frontier.push_back(ToJson(point));
    json["frontier"] = std::move(frontier);
    json["recommended"] = ToJson(result.recommended);
    json["recommendation"] = result.recommendation;
  }
  // NaN and infinity become null. A trace's name may be any bytes.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace dso::cli
