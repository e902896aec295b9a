#include "prom/reading.h"

#include <fmt/format.h>

#include "prom/series_parser.h"
#include "prom/single_value.h"
#include "prom/target_counts.h"

namespace dso::prom {
namespace {

// What the answers say about one service; a value that did not come is unset.
struct Evidence {
  std::optional<double> demand;
  std::optional<double> newest;   // seconds since 1970
  std::optional<double> targets;  // seconds since 1970, 0 if all are down
  std::optional<double> rejected;
  std::optional<double> waiting;
  std::optional<double> response_time;
  std::optional<TargetCounts> counts;
  bool ambiguous = false;  // a service came twice in one answer
};

struct Circumstances {
  Preset preset;
  WallTime at;
  milliseconds max_age;
  const Notes& demand_notes;
};

using Evidences = std::map<ServiceKey, Evidence>;

void Collect(const InstantAnswer& answer, const LabelNames& names, std::optional<double> Evidence::*member,
             Evidences* evidences) {
  for (const Series& series : answer.series) {
    const std::optional<ServiceKey> key = KeyOf(series.labels, names);
    if (!key) continue;
    Evidence& evidence = (*evidences)[*key];
    if (evidence.*member) evidence.ambiguous = true;
    evidence.*member = series.points.front().value;
  }
}

std::optional<WallTime> TimeOf(std::optional<double> seconds_since_epoch) {
  return seconds_since_epoch ? ParseSampleTime(*seconds_since_epoch) : std::nullopt;
}

Reading NoTarget() {
  return Reading::Missing(
      MakeFailure(Reason::kNoTarget,
                  "Prometheus has neither series nor targets of this service: check its ServiceMonitor or scrape "
                  "configuration and the labels that it gives."));
}

Reading JudgeSeries(const Evidence& evidence, const Circumstances& now) {
  if (const Reason reason = JudgeValue(*evidence.demand); reason != Reason::kNone) {
    return Reading::Missing(BadValue(reason, *evidence.demand));
  }
  // A series that has just ended no longer has a newest sample, but what it left is still in the window of a rate.
  const WallTime sampled_at = TimeOf(evidence.newest).value_or(now.at - WindowOf(now.preset));
  if (now.at - sampled_at > now.max_age) return Reading::Missing(StaleSample(sampled_at, now.at, now.max_age));

  Reading reading{.state = Reading::State::kValue, .value = *evidence.demand, .sampled_at = sampled_at};
  if (!now.demand_notes.warnings.empty()) {
    reading.reason = Reason::kPartial;
    reading.message = "the value may be too low, the server warns: " + now.demand_notes.warnings.front();
  }
  return reading;
}

Reading JudgeAbsence(const Evidence& evidence, const Circumstances& now) {
  const std::optional<WallTime> newest = TimeOf(evidence.newest);
  if (newest && now.at - *newest > now.max_age) return Reading::Missing(StaleSample(*newest, now.at, now.max_age));
  const std::optional<WallTime> seen_up = TimeOf(evidence.targets);
  if (!seen_up) return NoTarget();
  if (now.at - *seen_up > now.max_age) return Reading::Missing(StaleSample(*seen_up, now.at, now.max_age));
  if (newest) {
    return Reading::Missing(MakeFailure(
        Reason::kTooFewSamples,
        WindowOf(now.preset) > milliseconds(0)
            ? fmt::format("the counter exists, but {} hold fewer than the two samples that a rate needs: wait for the "
                          "next scrape, or scrape at least once a minute.",
                          FormatDuration(WindowOf(now.preset)))
            : "one of the two gauges that make up the demand exists, the other does not: check the engine's version."));
  }
  if (!now.demand_notes.warnings.empty()) {
    return Reading::Missing(MakeFailure(Reason::kPartial,
                                        "no series came, but the answer may be incomplete, the server "
                                        "warns: " +
                                            now.demand_notes.warnings.front()));
  }
  return {.state = Reading::State::kZero, .sampled_at = *seen_up};
}

std::optional<double> IfUsable(std::optional<double> value) {
  return value && JudgeValue(*value) == Reason::kNone ? value : std::nullopt;
}

Reading JudgeService(const Evidence& evidence, const Circumstances& now) {
  if (evidence.ambiguous) {
    return Reading::Missing(MakeFailure(Reason::kSeveralSeries,
                                        "the server returns several series for this service: let "
                                        "it deduplicate its replicas."));
  }
  if (evidence.targets && !(*evidence.targets > 0)) {
    return Reading::Missing(
        MakeFailure(Reason::kTargetsDown,
                    "all of the service's targets are down: check that its pods answer on the metrics port."));
  }
  Reading reading = evidence.demand ? JudgeSeries(evidence, now) : JudgeAbsence(evidence, now);
  if (reading.IsMissing()) return reading;
  reading.rejected = IfUsable(evidence.rejected);
  reading.waiting = IfUsable(evidence.waiting);
  reading.response_time = IfUsable(evidence.response_time);
  if (evidence.counts) {
    reading.targets_up = evidence.counts->up;
    reading.targets = evidence.counts->all;
  }
  return reading;
}

}  // namespace

Reading Reading::Missing(Failure why) {
  return {.state = State::kMissing, .reason = why.reason, .message = std::move(why.error.message)};
}

Reading PresetReadings::Of(const ServiceKey& service) const {
  const auto found = services.find(service);
  if (found != services.end()) return found->second;
  return NoTarget();
}

PresetReadings JudgePreset(Preset preset, const LabelNames& labels, const PresetAnswers& answers, WallTime at,
                           milliseconds max_age) {
  Evidences evidences;
  Collect(answers.demand, labels, &Evidence::demand, &evidences);
  Collect(answers.freshness, labels, &Evidence::newest, &evidences);
  Collect(answers.targets, labels, &Evidence::targets, &evidences);
  if (answers.rejected) {
    Collect(*answers.rejected, labels, &Evidence::rejected, &evidences);
    // The query was answered: a service without a series has turned nobody away.
    for (auto& [key, evidence] : evidences) {
      if (!evidence.rejected) evidence.rejected = 0;
    }
  }
  // A gauge is there from the start, so a service without one has a queue of unknown length.
  if (answers.waiting) Collect(*answers.waiting, labels, &Evidence::waiting, &evidences);
  if (answers.response_time) Collect(*answers.response_time, labels, &Evidence::response_time, &evidences);
  if (answers.target_counts) {
    for (const auto& [key, counts] : CountTargets(*answers.target_counts, labels)) evidences[key].counts = counts;
  }

  PresetReadings readings{.at = at, .notes = answers.demand.notes};
  const Circumstances now{.preset = preset, .at = at, .max_age = max_age, .demand_notes = answers.demand.notes};
  for (const auto& [key, evidence] : evidences) readings.services.emplace(key, JudgeService(evidence, now));
  return readings;
}

Reading JudgeCustom(const InstantAnswer& answer, WallTime at, milliseconds max_age) {
  const Answer<Point> point = SingleValue(answer, at, max_age);
  if (!point.ok()) return Reading::Missing(point.failure());
  Reading reading{.state = Reading::State::kValue, .value = point->value, .sampled_at = point->at};
  if (!answer.notes.warnings.empty()) {
    reading.reason = Reason::kPartial;
    reading.message = "the value may be too low, the server warns: " + answer.notes.warnings.front();
  }
  return reading;
}

std::optional<ServiceKey> KeyOf(const Labels& series, const LabelNames& names) {
  const auto namespace_name = series.find(names.namespace_label);
  const auto service = series.find(names.service_label);
  if (namespace_name == series.end() || service == series.end()) return std::nullopt;
  if (namespace_name->second.empty() || service->second.empty()) return std::nullopt;
  return ServiceKey{.namespace_name = namespace_name->second, .name = service->second};
}

}  // namespace dso::prom
