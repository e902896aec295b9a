// The states of a floor: what it follows, and what it is held by. docs/decisions.md shows the same table, and
// tests/decide/floor_reason_test.cc compares the two. Pure, thread-safe.
#pragma once

#include <array>
#include <string_view>

namespace dso::decide {

enum class FloorReason {
  kMinimum,
  kDemand,
  kForecast,
  kEvent,
  kOverride,
  kMaximum,
  kRaising,
  kStabilizing,
  kReleasing,
  kHeld,
};

// Why a floor may rise and not fall.
enum class Hold {
  kNone,
  kHistory,
  kCapacityUnknown,
  kDemandUnknown,
  kDemandAtLeast,
  kPods,
  kClock,
};

template <typename State>
struct StateText {
  State state;
  std::string_view name;    // one CamelCase word
  std::string_view when;    // what has to be so
  std::string_view leaves;  // what ends it
};

inline constexpr std::array<StateText<FloorReason>, 10> kFloorReasons{{
    {FloorReason::kMinimum, "Minimum", "nothing asks for more than replicas.min", "any need above it"},
    {FloorReason::kDemand, "Demand", "the demand of now needs the most",
     "the demand changes, or another need exceeds it"},
    {FloorReason::kForecast, "Forecast", "the forecast of the peak within the lead time needs the most",
     "the forecast changes, or another need exceeds it"},
    {FloorReason::kEvent, "Event", "an event of the calendar, begun or less than a lead time away, asks for the most",
     "the event's end, or another need exceeds it"},
    {FloorReason::kOverride, "Override", "spec.override asks for the most",
     "override.until, or another need exceeds it"},
    {FloorReason::kMaximum, "Maximum", "the need is above replicas.max, or above the adopted autoscaler's maximum",
     "the need falls, or the maximum is raised"},
    {FloorReason::kRaising, "Raising", "the need is higher, and prediction.maxRaisePerPeriod is used up", "time"},
    {FloorReason::kStabilizing, "Stabilizing",
     "the need is lower than some need within the scale-down window, or lower by a hair only",
     "time with a lower need"},
    {FloorReason::kReleasing, "Releasing", "the window has passed, and prediction.maxReleasePerPeriod is used up",
     "time"},
    {FloorReason::kHeld, "Held", "the need is lower, and one of the holds below forbids to release the floor",
     "the end of the hold; then the window begins"},
}};

inline constexpr std::array<StateText<Hold>, 7> kHolds{{
    {Hold::kNone, "None", "nothing forbids to release the floor", ""},
    {Hold::kHistory, "History", "the history is still to be read",
     "the history has been read, or is known to be too short"},
    {Hold::kCapacityUnknown, "CapacityUnknown", "what the capacity is made from has not been measured yet",
     "the first measurement"},
    {Hold::kDemandUnknown, "DemandUnknown", "Prometheus gives no figure that can be trusted", "the next good figure"},
    {Hold::kDemandAtLeast, "DemandAtLeast",
     "the figure may be too low: a part of the pods is not scraped, or the service is saturated",
     "the next figure that is whole"},
    {Hold::kPods, "Pods", "pods are unready or unschedulable, and not known to be stuck",
     "the pods are ready, gone or known to be stuck"},
    {Hold::kClock, "Clock", "the wall clock has jumped: forecast and calendar may be off",
     "a scale-down window and a lead time later"},
}};

constexpr std::string_view ToString(FloorReason reason) { return kFloorReasons[static_cast<size_t>(reason)].name; }
constexpr std::string_view ToString(Hold hold) { return kHolds[static_cast<size_t>(hold)].name; }

}  // namespace dso::decide
