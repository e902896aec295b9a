#include "prom/backends.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "prom/namespaces.h"
#include "prom/series_parser.h"
#include "prom/single_value.h"

namespace dso::prom {
namespace {

// What the answers say about one backend; a value that did not come is unset.
struct Evidence {
  std::optional<double> in_use;
  std::optional<double> limit;
  std::optional<double> newest;  // seconds since 1970
};

void Collect(const InstantAnswer& answer, const LabelNames& names, std::optional<double> Evidence::*member,
             std::map<ServiceKey, Evidence>* evidences) {
  for (const Series& series : answer.series) {
    if (const std::optional<ServiceKey> key = KeyOf(series.labels, names)) {
      (*evidences)[*key].*member = series.points.front().value;
    }
  }
}

// The figure, or what is wrong with it in `reading`. `what` is its name in a sentence.
std::optional<int> CountOf(std::optional<double> value, std::string_view what, BackendReading* reading) {
  const Reason reason = value ? JudgeValue(*value) : Reason::kNoSeries;
  if (reason == Reason::kNone) {
    return static_cast<int>(std::min(*value, static_cast<double>(std::numeric_limits<int>::max())));
  }
  reading->reason = reason;
  reading->message =
      value ? fmt::format(
                  "the exporter of this backend says {} for {}, which is no number of connections: check its "
                  "version.",
                  *value, what)
            : fmt::format(
                  "Prometheus has no series with {} of this backend: check what its exporter collects, and "
                  "whether it may read all of it.",
                  what);
  return std::nullopt;
}

BackendReading JudgeBackend(const Evidence& evidence, WallTime at, milliseconds max_age) {
  BackendReading reading;
  const std::optional<WallTime> newest = evidence.newest ? ParseSampleTime(*evidence.newest) : std::nullopt;
  if (newest && at - *newest > max_age) {
    Failure stale = StaleSample(*newest, at, max_age);
    reading.reason = stale.reason;
    reading.message = std::move(stale.error.message);
    return reading;
  }
  reading.limit = CountOf(evidence.limit, "the limit", &reading);
  reading.in_use = CountOf(evidence.in_use, "the connections in use", &reading);
  if (reading.in_use) reading.sampled_at = newest.value_or(at);
  return reading;
}

}  // namespace

std::string_view ToString(Exporter exporter) { return exporter == Exporter::kMysql ? "mysql" : "postgres"; }

Result<BackendQueries> RenderBackendQueries(Exporter exporter, const LabelNames& labels,
                                            const std::vector<std::string>& namespaces) {
  const Result<std::string> matcher = NamespaceMatcher(labels, namespaces);
  if (!matcher) return matcher.error();
  const std::string backend = fmt::format("{}, {}", labels.namespace_label, labels.service_label);
  const auto by_backend = [&](std::string_view operation, std::string_view series) {
    return WithMatcher(fmt::format("{} by ({}) ({})", operation, backend, series), *matcher);
  };
  BackendQueries queries;
  switch (exporter) {
    case Exporter::kMysql:
      queries.in_use = by_backend("max", "mysql_global_status_threads_connected{}");
      queries.limit = by_backend("min", "mysql_global_variables_max_connections{}");
      queries.freshness = by_backend("max", "timestamp(mysql_global_status_threads_connected{})");
      break;
    case Exporter::kPostgres:
      queries.in_use = by_backend("max", fmt::format("sum by ({}, job, instance, server) "
                                                     R"((pg_stat_activity_count{{backend_type=~"|client backend"}}))",
                                                     backend));
      queries.limit = by_backend("min", "pg_settings_max_connections{}");
      queries.freshness = by_backend("max", "timestamp(pg_stat_activity_count{})");
      break;
  }
  return queries;
}

BackendReading BackendReadings::Of(const ServiceKey& backend) const {
  const auto found = backends.find(backend);
  if (found != backends.end()) return found->second;
  return {.in_use = std::nullopt,
          .limit = std::nullopt,
          .sampled_at = WallTime(),
          .reason = Reason::kNoSeries,
          .message =
              "Prometheus has no figure of this backend: check the ServiceMonitor or scrape configuration of its "
              "exporter and the labels that it gives."};
}

Answer<BackendReadings> JudgeBackends(const LabelNames& labels, const BackendAnswers& answers, WallTime at,
                                      milliseconds max_age) {
  for (const InstantAnswer* answer : {&answers.in_use, &answers.limit}) {
    if (answer->notes.warnings.empty()) continue;
    return MakeFailure(Reason::kPartial,
                       "an instance may be missing, the server warns: " + answer->notes.warnings.front());
  }
  std::map<ServiceKey, Evidence> evidences;
  Collect(answers.in_use, labels, &Evidence::in_use, &evidences);
  Collect(answers.limit, labels, &Evidence::limit, &evidences);
  Collect(answers.freshness, labels, &Evidence::newest, &evidences);
  BackendReadings readings;
  readings.at = at;
  for (const auto& [key, evidence] : evidences) {
    readings.backends.emplace(key, JudgeBackend(evidence, at, max_age));
  }
  return readings;
}

}  // namespace dso::prom
