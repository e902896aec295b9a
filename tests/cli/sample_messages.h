// What an operator might answer about a service, and a clock on the wall in Berlin to look at it by.
#pragma once

#include <deepseek/forecast/v1/forecast.pb.h>

#include <cmath>
#include <numbers>

#include "cli/proto_text.h"
#include "cli/view.h"

namespace dso::cli::test {

namespace v1 = deepseek::forecast::v1;

// Monday, 2025-11-24 16:17:01 in Berlin.
inline constexpr WallTime kNow{seconds(1'763'997'421)};

// CET, without what the machine has in /usr/share/zoneinfo.
inline LocalMoment BerlinInWinter(WallTime at) {
  constexpr seconds kOffset = std::chrono::hours(1);
  const auto local = std::chrono::floor<seconds>(at) + kOffset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(local - day);
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .weekday = static_cast<int>(std::chrono::weekday(day).c_encoding()),
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count()),
          .utc_offset = kOffset,
          .zone = "CET"};
}

inline View SampleView(int columns = 80, bool color = false) {
  return {.columns = columns, .color = color, .now = kNow, .local = BerlinInWinter};
}

inline google::protobuf::Timestamp ToTimestamp(WallTime at) {
  google::protobuf::Timestamp timestamp;
  timestamp.set_seconds(std::chrono::floor<seconds>(at.time_since_epoch()).count());
  return timestamp;
}

// A day from now on in steps, with a peak in the late evening: q0.1 and q0.9 widen with the distance.
inline v1::GetForecastResponse SampleForecast(milliseconds step = std::chrono::minutes(10)) {
  v1::GetForecastResponse forecast;
  forecast.set_namespace_("prod");
  forecast.set_service("chat");
  forecast.set_unit("requests/s");
  forecast.set_model("day+week Holt-Winters");
  *forecast.mutable_issued_at() = ToTimestamp(kNow);
  *forecast.mutable_newest_sample_at() = ToTimestamp(kNow - seconds(12));
  *forecast.mutable_lead() = ToDuration(std::chrono::minutes(45));
  forecast.add_quantiles(0.1);
  forecast.add_quantiles(0.9);
  for (milliseconds ahead = step; ahead <= std::chrono::hours(24); ahead += step) {
    const double hours = std::chrono::duration<double, std::ratio<3600>>(ahead).count();
    const double expected = 35 + 28 * std::sin((hours - 2) / 12 * std::numbers::pi) + 4 * std::sin(hours * 2.1);
    const double width = 2 + hours / 2;
    v1::ForecastPoint& point = *forecast.add_path();
    *point.mutable_at() = ToTimestamp(kNow + ahead);
    point.set_expected(expected);
    point.add_values(std::max(0.0, expected - width));
    point.add_values(expected + width);
  }
  forecast.mutable_accuracy()->set_error_ratio(0.0585);
  forecast.mutable_accuracy()->set_coverage_ratio(0.924);
  forecast.mutable_accuracy()->set_coverage_target_ratio(0.9);
  return forecast;
}

inline v1::ExplainResponse SampleDecision() {
  v1::ExplainResponse response;
  response.set_namespace_("prod");
  response.set_service("chat");
  response.set_mode("Active");
  *response.mutable_looked_at() = ToTimestamp(kNow - seconds(4));
  response.set_leads(true);
  v1::Decision& decision = *response.mutable_decision();
  decision.set_floor(9);
  decision.set_hpa_min_replicas(9);
  decision.set_predicted(9);
  decision.set_reactive(4);
  decision.set_wanted(9);
  decision.set_reason("Forecast");
  decision.set_hold("Pods");
  decision.set_explanation(
      "at least 9 replicas: forecast of the peak until 17:02:01 UTC (lead 45m): expected 60.5 requests/s at 16:50, "
      "q0.90 63.1; 60.5 / 7.5 requests/s a replica (perReplica, 10 with headroom); demand now 33.4 requests/s / 9.2 "
      "needs 4; a forecast above 67.5 requests/s would need 10");
  *decision.mutable_since() = ToTimestamp(kNow - std::chrono::minutes(12));
  v1::Demand& demand = *response.mutable_demand();
  demand.set_state("Known");
  demand.set_unit("requests/s");
  demand.set_value(33.4);
  *demand.mutable_at() = ToTimestamp(kNow - seconds(12));
  demand.set_source("preset deepseek");
  demand.set_reactive(33.4);
  v1::Forecast& forecast = *response.mutable_forecast();
  forecast.set_state("Ready");
  forecast.set_model("day+week Holt-Winters");
  forecast.set_expected(60.5);
  forecast.set_quantile(63.1);
  forecast.set_quantile_level(0.9);
  *forecast.mutable_peak_at() = ToTimestamp(kNow + std::chrono::minutes(33));
  *forecast.mutable_history() = ToDuration(std::chrono::hours(24 * 13 + 7));
  forecast.mutable_accuracy()->set_error_ratio(0.0585);
  v1::Capacity& capacity = *response.mutable_capacity();
  capacity.set_per_replica(7.5);
  capacity.set_at_quantile(9.2);
  capacity.set_source("PerReplica");
  *response.mutable_lead()->mutable_value() = ToDuration(std::chrono::minutes(45));
  response.mutable_lead()->set_source("Learned");
  response.mutable_lead()->set_made_of("start-up 44m15s (q0.9 of 31 pods), sync 15s, HPA 15s, age of demand 15s");
  response.mutable_events()->set_multiplier(1);
  response.mutable_bounds()->set_min(3);
  response.mutable_bounds()->set_max(50);
  response.mutable_bounds()->set_max_from("Backends");
  response.mutable_pods()->set_replicas(9);
  response.mutable_pods()->set_ready(7);
  response.mutable_pods()->set_on_their_way(2);
  response.set_standing(9);
  const auto add_condition = [&](const char* type, const char* status, const char* reason, const char* message) {
    v1::Condition& condition = *response.add_conditions();
    condition.set_type(type);
    condition.set_status(status);
    condition.set_reason(reason);
    condition.set_message(message);
    *condition.mutable_last_transition_at() = ToTimestamp(kNow - std::chrono::hours(2));
  };
  add_condition("Ready", "True", "FloorStands", "");
  add_condition("PoolsWithinBudget", "False", "LimitedByBackend",
                "mysql-main accepts 60 connections and 50 replicas would need 100: the HPA's maximum ends at 30; raise "
                "max_connections or lower perReplica");
  add_condition("AutoscalerActive", "Unknown", "NotYetSeen",
                "the HPA has not said yet whether it can read its metrics");
  const auto add_change = [&](milliseconds ago, int from, int to, const char* explanation) {
    v1::FloorChange& change = *response.add_recent_changes();
    *change.mutable_at() = ToTimestamp(kNow - ago);
    change.set_from(from);
    change.set_to(to);
    change.set_reason("Forecast");
    change.set_explanation(explanation);
  };
  add_change(std::chrono::minutes(12), 8, 9, "at least 9 replicas: forecast of the peak until 16:50:01 UTC");
  add_change(std::chrono::hours(20), 9, 8, "at least 8 replicas: forecast of the peak until 20:31:11 UTC");
  return response;
}

}  // namespace dso::cli::test
