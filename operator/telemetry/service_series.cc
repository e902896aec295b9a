#include "telemetry/service_series.h"

#include <array>
#include <string_view>

#include "telemetry/exposition.h"

namespace dso::telemetry {
namespace {

class ServiceSeries {
 public:
  ServiceSeries(const AllServiceFigures& services, std::string& text) : services_(services), writer_(text) {}

  // One sample of each service for which `value` is known.
  template <typename Value>
  void Gauge(std::string_view name, std::string_view help, Value value) {
    ForEach(name, SeriesType::kGauge, help, [&](Label ns, Label service, const ServiceFigures& figures) {
      if (const auto known = value(figures)) writer_.Sample({ns, service}, static_cast<double>(*known));
    });
  }
  template <typename Write>
  void ForEach(std::string_view name, SeriesType type, std::string_view help, Write write) {
    writer_.Family(name, type, help);
    for (const auto& [key, figures] : services_) {
      write(Label{"namespace", key.first}, Label{"service", key.second}, *figures);
    }
  }
  ExpositionWriter& writer() { return writer_; }

 private:
  const AllServiceFigures& services_;
  ExpositionWriter writer_;
};

void WriteReplicas(ServiceSeries& series) {
  using Figures = ServiceFigures;
  series.Gauge("deepseek_operator_floor_replicas", "The floor that was decided for a service in mode Active.",
               [](const Figures& f) { return f.floor_replicas; });
  series.Gauge("deepseek_operator_shadow_floor_replicas",
               "The floor that was decided for a service in mode Shadow, which its HPA does not get.",
               [](const Figures& f) { return f.shadow_floor_replicas; });
  series.Gauge("deepseek_operator_hpa_min_replicas", "The minReplicas that the operator gives to the service's HPA.",
               [](const Figures& f) { return f.hpa_min_replicas; });
  series.Gauge("deepseek_operator_min_replicas", "The lowest floor that the spec allows.",
               [](const Figures& f) { return f.min_replicas; });
  series.Gauge("deepseek_operator_max_replicas",
               "The highest floor that the spec, the owner of an adopted autoscaler and connection pools allow.",
               [](const Figures& f) { return f.max_replicas; });
  series.Gauge("deepseek_operator_replicas", "Replicas of the service's workload.",
               [](const Figures& f) { return f.replicas; });
  series.Gauge("deepseek_operator_ready_replicas", "Ready replicas of the service's workload.",
               [](const Figures& f) { return f.ready_replicas; });
  series.Gauge("deepseek_operator_override_active", "1 while spec.override is in force, else 0.",
               [](const Figures& f) { return f.override_active; });
  series.Gauge("deepseek_operator_lead_time_seconds", "How far the forecast looks ahead.",
               [](const Figures& f) { return f.lead_time_seconds; });
  series.ForEach("deepseek_operator_floor_reason", SeriesType::kGauge, "1 for what the floor follows now.",
                 [&](Label ns, Label service, const Figures& figures) {
                   if (figures.floor_reason.empty()) return;
                   series.writer().Sample({ns, service, {"reason", figures.floor_reason}}, 1);
                 });
}

void WriteDemand(ServiceSeries& series) {
  using Figures = ServiceFigures;
  ExpositionWriter& writer = series.writer();
  series.ForEach("deepseek_operator_demand", SeriesType::kGauge, "What is asked of the service now, in the unit given.",
                 [&](Label ns, Label service, const Figures& figures) {
                   if (!figures.demand || !figures.demand->value) return;
                   writer.Sample({ns, service, {"unit", figures.demand->unit}}, *figures.demand->value);
                 });
  series.ForEach("deepseek_operator_capacity_per_replica", SeriesType::kGauge,
                 "What a replica is planned to carry, in the unit given.",
                 [&](Label ns, Label service, const Figures& figures) {
                   if (!figures.demand || !figures.demand->capacity_per_replica) return;
                   writer.Sample({ns, service, {"unit", figures.demand->unit}}, *figures.demand->capacity_per_replica);
                 });
  // Untyped: "quantile" is the right word for the label, and promtool keeps it for summaries where there is a type.
  series.ForEach("deepseek_operator_forecast_demand", SeriesType::kUntyped,
                 "What the highest demand within the lead time stays below with the probability of the quantile.",
                 [&](Label ns, Label service, const Figures& figures) {
                   if (!figures.forecast) return;
                   writer.Sample({ns, service, {"quantile", figures.forecast->quantile}}, figures.forecast->demand);
                 });
  const auto forecast = [&](std::string_view name, std::string_view help, auto value) {
    series.Gauge(name, help, [&](const Figures& f) { return f.forecast ? value(*f.forecast) : std::nullopt; });
  };
  forecast("deepseek_operator_forecast_expected_demand", "The highest demand that is expected within the lead time.",
           [](const Figures::Forecast& f) { return std::optional(f.expected); });
  forecast("deepseek_operator_forecast_error_ratio",
           "Mean absolute error of past forecasts, relative to the demand, over about a week.",
           [](const Figures::Forecast& f) { return f.error_ratio; });
  forecast("deepseek_operator_forecast_coverage_ratio",
           "How often the demand stayed below the quantile, over about a week.",
           [](const Figures::Forecast& f) { return f.coverage_ratio; });
  forecast("deepseek_operator_forecast_coverage_target_ratio", "How often the demand is to stay below the quantile.",
           [](const Figures::Forecast& f) { return std::optional(f.coverage_target_ratio); });
}

void WriteExternalForecast(ServiceSeries& series) {
  using External = ServiceFigures::ExternalForecast;
  const auto external = [&](std::string_view name, std::string_view help, auto value) {
    series.ForEach(name, SeriesType::kGauge, help, [&](Label ns, Label service, const ServiceFigures& figures) {
      if (!figures.external_forecast) return;
      const std::optional<double> known = value(*figures.external_forecast);
      if (known) series.writer().Sample({ns, service, {"forecaster", figures.external_forecast->forecaster}}, *known);
    });
  };
  external("deepseek_operator_external_forecast_heeded",
           "1 while the external forecaster takes part in decisions, else 0.",
           [](const External& e) { return std::optional(e.heeded ? 1.0 : 0.0); });
  series.ForEach(
      "deepseek_operator_external_forecast_demand", SeriesType::kUntyped,
      "What an external forecaster says the highest demand within the lead time stays below.",
      [&](Label ns, Label service, const ServiceFigures& figures) {
        if (!figures.external_forecast || !figures.external_forecast->demand) return;
        const External& e = *figures.external_forecast;
        series.writer().Sample({ns, service, {"forecaster", e.forecaster}, {"quantile", e.quantile}}, *e.demand);
      });
  external("deepseek_operator_external_forecast_expected_demand",
           "The highest demand that an external forecaster expects within the lead time.",
           [](const External& e) { return e.expected; });
  external("deepseek_operator_external_forecast_error_ratio",
           "Mean absolute error of its past predictions a lead ahead, relative to the demand, over about a week.",
           [](const External& e) { return e.error_ratio; });
  external("deepseek_operator_external_forecast_coverage_ratio",
           "How often the highest demand within the lead time stayed below its quantile, over about a week.",
           [](const External& e) { return e.coverage_ratio; });
}

void WriteScore(ServiceSeries& series) {
  const auto both = [&](std::string_view name, std::string_view help, double ServiceFigures::Score::*with,
                        double ServiceFigures::Score::*without) {
    series.ForEach(name, SeriesType::kGauge, help, [&](Label ns, Label service, const ServiceFigures& figures) {
      if (!figures.score) return;
      series.writer().Sample({ns, service, {"floor", "with"}}, *figures.score.*with);
      series.writer().Sample({ns, service, {"floor", "without"}}, *figures.score.*without);
    });
  };
  using Score = ServiceFigures::Score;
  both("deepseek_operator_score_lost_demand_ratio",
       "The part of the demand of the last seven days that is lost in a simulation, with the floor and without.",
       &Score::lost_demand_ratio_with, &Score::lost_demand_ratio_without);
  both("deepseek_operator_score_replica_seconds",
       "The replicas of the last seven days times how long they run in a simulation, with the floor and without.",
       &Score::replica_seconds_with, &Score::replica_seconds_without);
}

void WritePools(ServiceSeries& series) {
  const auto pools = [&](std::string_view name, std::string_view help, auto value) {
    series.ForEach(name, SeriesType::kGauge, help, [&](Label ns, Label service, const ServiceFigures& figures) {
      for (const ServiceFigures::Pool& pool : figures.pools) {
        series.writer().Sample({ns, service, {"pool", pool.name}, {"backend", pool.backend}},
                               static_cast<double>(value(pool)));
      }
    });
  };
  using Pool = ServiceFigures::Pool;
  pools("deepseek_operator_pool_size", "Connections that a replica may open.",
        [](const Pool& pool) { return pool.size; });
  pools("deepseek_operator_pool_connections_planned", "Connections that all pods may open at the worst moment.",
        [](const Pool& pool) { return pool.planned; });
  pools("deepseek_operator_pool_connections_limit", "Connections that the service has of the backend for the pool.",
        [](const Pool& pool) { return pool.granted; });
  const auto backends = [&](std::string_view name, std::string_view help,
                            std::optional<int> ServiceFigures::Backend::*value) {
    series.ForEach(name, SeriesType::kGauge, help, [&](Label ns, Label service, const ServiceFigures& figures) {
      for (const auto& [backend, known] : figures.backends) {
        if (known.*value) series.writer().Sample({ns, service, {"backend", backend}}, *(known.*value));
      }
    });
  };
  using Backend = ServiceFigures::Backend;
  backends("deepseek_operator_backend_connections_used", "Connections of the backend that are in use, by its exporter.",
           &Backend::connections_used);
  backends("deepseek_operator_backend_connections_limit", "Connections that the backend accepts, by its exporter.",
           &Backend::connections_limit);
}

void WriteState(ServiceSeries& series) {
  series.ForEach("deepseek_operator_condition", SeriesType::kGauge,
                 "1 for the status that a condition of the service has, 0 for the two others.",
                 [&](Label ns, Label service, const ServiceFigures& figures) {
                   for (const auto& [type, now] : figures.conditions) {
                     for (const std::string_view status : {"true", "false", "unknown"}) {
                       series.writer().Sample({ns, service, {"condition", type}, {"status", status}}, now == status);
                     }
                   }
                 });
  series.ForEach("deepseek_operator_service_info", SeriesType::kGauge, "1, with how the service is predicted for.",
                 [&](Label ns, Label service, const ServiceFigures& figures) {
                   if (!figures.info) return;
                   const ServiceFigures::Info& info = *figures.info;
                   series.writer().Sample({ns,
                                           service,
                                           {"mode", info.mode},
                                           {"demand_source", info.demand_source},
                                           {"capacity_source", info.capacity_source},
                                           {"lead_time_source", info.lead_time_source}},
                                          1);
                 });
}

}  // namespace

void WriteServiceSeries(const AllServiceFigures& services, std::string& text) {
  ServiceSeries series(services, text);
  WriteReplicas(series);
  WriteDemand(series);
  WriteExternalForecast(series);
  WriteScore(series);
  WritePools(series);
  WriteState(series);
}

}  // namespace dso::telemetry
