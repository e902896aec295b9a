// Everything that a decision depends on: what is known of a service at one moment. Plain values.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "decide/planned_capacity.h"

namespace dso::decide {

struct Now {
  SteadyTime steady;
  WallTime wall;
};

struct Demand {
  enum class State {
    kUnread,   // nobody has asked Prometheus yet
    kKnown,    // zero included
    kMissing,  // Prometheus was asked and has no answer that can be trusted
  };
  State state = State::kUnread;
  double value = 0;
  // More may have been asked than was seen: a part of the data is missing, or the service is saturated and what it
  // serves is all that shows. Good for raising, not for releasing.
  bool at_least = false;
};

struct Forecast {
  enum class State {
    kLoading,       // the history is still to be read: the forecast may yet be higher than anything known
    kInsufficient,  // the history is read, and too short
    kOutdated,      // the newest sample is older than kLongestRide: nothing is believed that far ahead
    kReady,
  };
  State state = State::kLoading;
  double expected = 0;  // of the maximum over the lead window, in the unit of demand
  double quantile = 0;
  WallTime peak_at{};  // when the maximum is expected
  double slack = 0;    // of the quantile lately, as a share of the demand: see predicted_need.h
};

// What an external forecaster says of the same, where it is heeded (external_forecast.h). It can raise a floor and
// never lowers one.
struct ExternalForecast {
  std::string forecaster;  // as the spec names it
  Forecast peak;           // state kReady
};

// While the demand is missing the forecast alone raises the floor, its margin widening, until its newest sample is as
// old as this.
inline constexpr milliseconds kLongestRide = std::chrono::hours(6);

// What the calendar of the spec says about the time from now to the end of the lead.
struct EventsAhead {
  double multiplier = 1;        // of the forecast; the largest of overlapping events
  std::string multiplied_by{};  // the event's name
  int min_replicas = 0;         // 0: no event asks for replicas
  std::string raised_by{};
};

// How far the forecast looks: as long as it takes until a replica that is decided on now is ready.
struct LookAhead {
  milliseconds lead = std::chrono::minutes(5);
  std::string made_of{};  // for people: "start-ups P90 4m12s of 12 batches + 30s"; empty where the spec gives it
};

// Above which no floor helps, whatever replicas.max says.
struct Ceiling {
  enum class Of {
    kAdopted,   // the maximum of an adopted autoscaler, which is its owner's
    kBackends,  // the replicas that the backends have connections for: pool_plan.h
  };
  int replicas = 0;
  Of of = Of::kAdopted;
};

struct Snapshot {
  Now now{};
  Demand demand{};
  Forecast forecast{};
  std::optional<ExternalForecast> external{};
  EventsAhead events{};
  LookAhead look_ahead{};
  std::optional<PlannedCapacity> capacity{};  // absent: not known yet, demand raises no floor
  int pods_on_their_way = 0;                  // unready or unschedulable, and not known to be stuck
  std::optional<Ceiling> ceiling{};
  // The minReplicas of our own HPA as it stands. What is decided may have failed to be written, and another may have
  // written since: what stands is what is let go of by window and pace. Absent while a write of ours is replacing it,
  // and while the watch has yet to show that it has.
  std::optional<int> standing;
  // What the HPA carries (or carried, says the status) when this process sees the service for the first time: a restart
  // of the operator must not lower it.
  std::optional<int> floor_in_force{};
};

}  // namespace dso::decide
