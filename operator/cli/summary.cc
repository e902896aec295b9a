#include "cli/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "base/decimal.h"

namespace dso::cli {
namespace {

constexpr std::string_view kUnknown = "–";
constexpr size_t kModelsShown = 5;

std::string Percent(double share) {
  if (!std::isfinite(share)) return std::string(kUnknown);
  return fmt::format("{:.1f} %", 100 * share);
}

// Losses are small numbers that matter.
std::string Loss(double share) { return fmt::format("{} %", FormatDecimal(100 * share)); }

std::string Change(double from, double to) {
  if (from <= 0) return to > 0 ? "" : "±0 %";
  const double percent = 100 * (to / from - 1);
  if (std::abs(percent) < 0.05) return "±0 %";
  return fmt::format("{:+.1f} %", percent);
}

std::string Header(const sim::BacktestResult& result) {
  const sim::BacktestOptions& options = result.options;
  std::string text = fmt::format("{}: {} samples from {} to {}", result.trace, result.samples, FormatTime(result.from),
                                 FormatTime(result.to));
  if (result.ignored > 0) text += fmt::format(", {} rows ignored", result.ignored);
  text += fmt::format("\njudged: {} after a warm-up of {}\n", FormatDuration(result.to - result.judged_from),
                      FormatDuration(options.warmup));
  text += fmt::format("replica: serves {} at 100 % CPU (the peak is {}), ready after {}, {} to {} replicas\n",
                      FormatDecimal(options.capacity_per_replica), FormatDecimal(result.peak),
                      FormatDuration(options.startup), options.min_replicas, options.max_replicas);
  text += fmt::format("policy: HPA target {:.0f} %, floor target {:.3g} %, quantile {:.4g}, lead {}\n\n",
                      100 * options.policy.hpa_target, 100 * options.policy.floor_target, options.policy.quantile,
                      FormatDuration(options.lead));
  return text;
}

std::string Row(std::string_view name, const std::string& alone, const std::string& with_floor,
                const std::string& change = "") {
  std::string row = fmt::format("{:<22}{:>14}{:>14}{:>12}", name, alone, with_floor, change);
  return row.erase(row.find_last_not_of(' ') + 1) + "\n";
}

std::string ServiceTable(const sim::Service& alone, const sim::Service& with_floor) {
  return Row("", "HPA alone", "with floor", "change") +
         Row("demand lost", Loss(alone.lost_share), Loss(with_floor.lost_share), Change(alone.lost, with_floor.lost)) +
         Row("replica-hours", fmt::format("{:.1f}", alone.replica_hours),
             fmt::format("{:.1f}", with_floor.replica_hours), Change(alone.replica_hours, with_floor.replica_hours)) +
         Row("time busy", FormatDuration(alone.busy), FormatDuration(with_floor.busy)) +
         Row("longest time busy", FormatDuration(alone.worst_busy), FormatDuration(with_floor.worst_busy)) +
         Row("mean utilisation", Percent(alone.mean_utilization), Percent(with_floor.mean_utilization)) +
         Row("changes of replicas", fmt::format("{}", alone.changes), fmt::format("{}", with_floor.changes)) + "\n";
}

std::string Forecasts(const sim::BacktestResult& result) {
  const sim::Accuracy& accuracy = result.accuracy;
  if (accuracy.forecasts == 0) {
    return fmt::format(
        "No forecast could be judged: no sample lies at the lead of {} after another, or the history is too short.\n",
        FormatDuration(result.options.lead));
  }
  std::string text = fmt::format("{} forecasts {} ahead, model at the end: {}\n", accuracy.forecasts,
                                 FormatDuration(result.options.lead), result.model);
  text += fmt::format("  error (WAPE)    {} forecast, {} \"as now\", {} \"as a day ago\"\n", Percent(accuracy.wape),
                      Percent(accuracy.wape_last_value), Percent(accuracy.wape_seasonal_naive));
  text += fmt::format("  quantile {:<6.4g} covered {} of the values, {} of the peaks, {} in the steepest rises\n",
                      result.options.policy.quantile, Percent(accuracy.coverage), Percent(accuracy.coverage_of_peak),
                      Percent(accuracy.coverage_in_rises));
  text += fmt::format("  the heaviest of {} models:\n", result.models.size());
  std::vector<sim::ModelScore> models = result.models;
  const auto heavier = [](const sim::ModelScore& a, const sim::ModelScore& b) { return a.weight > b.weight; };
  std::stable_sort(models.begin(), models.end(), heavier);
  models.resize(std::min(models.size(), kModelsShown));
  for (const sim::ModelScore& model : models) {
    text += fmt::format("  {:>6} {:<34}{:>8} error\n", Percent(model.weight), model.name, Percent(model.wape));
  }
  return text;
}

}  // namespace

std::string Summary(const sim::BacktestResult& result) {
  std::string text = Header(result) + ServiceTable(result.alone, result.with_floor) + Forecasts(result);
  if (!result.recommendation.empty()) text += "\n" + result.recommendation + "\n";
  return text;
}

}  // namespace dso::cli
