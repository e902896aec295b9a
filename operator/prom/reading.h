// From what Prometheus answered to what is known of a service's demand. Pure, thread-safe.
//
// No traffic and no data are different things: the first lowers a floor, the second must not. What is told apart:
//
//   series  targets  newest sample        reading
//   yes     up       in time              kValue
//   yes     none     in time              kValue: pushed rather than scraped, nothing to be up
//   no      up       no such metric       kZero: a counter that nobody has incremented yet
//   no      up       in time              kMissing, TooFewSamples: it exists, and a rate needs two samples in its
//   window no      none     –                    kMissing, NoTarget –       down     –                    kMissing,
//   TargetsDown: what is left in the window is the past –       –        too old              kMissing, Stale
//
// "Up" is at least one of the service's targets.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>

#include "prom/answer.h"
#include "prom/labels.h"
#include "prom/presets.h"
#include "prom/reason.h"

namespace dso::prom {

struct Reading {
  enum class State { kValue, kZero, kMissing };

  State state = State::kMissing;
  double value = 0;                       // in the preset's unit; 0 unless kValue
  WallTime sampled_at{};                  // of the newest sample it rests on; unset if kMissing
  std::optional<double> rejected{};       // requests/s turned away, part of `value`; unset if unknown
  std::optional<double> waiting{};        // in a queue, in flight, part of `value`; unset if unknown
  std::optional<double> response_time{};  // mean seconds of a request; unset if not asked for, or none was answered
  std::optional<int> targets_up{};        // unset, as `targets`, if it has none or if that is unknown
  std::optional<int> targets{};           // up or not

  // Why it is missing; kPartial beside a kValue that may be too low because the answer came with warnings.
  Reason reason = Reason::kNone;
  std::string message{};

  bool IsMissing() const { return state == State::kMissing; }
  static Reading Missing(Failure why);
};

struct ServiceKey {
  std::string namespace_name;
  std::string name;
  auto operator<=>(const ServiceKey&) const = default;
};

struct PresetReadings {
  // Every service that has a series or a target on the server, which includes targets that have nothing to do with us.
  std::map<ServiceKey, Reading> services{};
  WallTime at{};
  Notes notes{};

  // A service that is not in the map is missing with NoTarget.
  Reading Of(const ServiceKey& service) const;
};

struct PresetAnswers {
  InstantAnswer demand;
  InstantAnswer freshness;
  InstantAnswer targets;
  // Unset where there is no such question or the query failed: they are evidence beside the demand, and the demand
  // is known without.
  std::optional<InstantAnswer> rejected{};
  std::optional<InstantAnswer> waiting{};
  std::optional<InstantAnswer> target_counts{};
  std::optional<InstantAnswer> response_time{};
};

PresetReadings JudgePreset(Preset preset, const LabelNames& labels, const PresetAnswers& answers, WallTime at,
                           milliseconds max_age);

// Of a custom query. There are no targets to ask about and no age to ask for: an empty vector is missing, and
// Prometheus' own look-back of five minutes bounds the age.
Reading JudgeCustom(const InstantAnswer& answer, WallTime at, milliseconds max_age);

// The service that a series belongs to; nothing if it lacks one of the labels.
std::optional<ServiceKey> KeyOf(const Labels& series, const LabelNames& names);

}  // namespace dso::prom
