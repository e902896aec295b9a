// Who has the minimum of an adopted autoscaler: we, its owner, or both in turn. Pure, thread-safe.
//
//   the owner writes another minimum     it is the new original, our floor is written again
//   … the third time in ten minutes      we stand back: two that correct each other for ever help nobody
//   the spec changes, or an hour passes  taken up again, from what is there then
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "controller/adoptable.h"

namespace dso::controller {

inline constexpr milliseconds kContestWindow = std::chrono::minutes(10);
inline constexpr size_t kContestLimit = 3;
inline constexpr milliseconds kContestPause = std::chrono::hours(1);

// What is remembered of one adopted autoscaler.
struct Contest {
  std::string held_uid;                 // of the object that we have written
  std::vector<SteadyTime> overwritten;  // when somebody else's minimum was found in place of ours, oldest first
  std::optional<SteadyTime> stood_back_at;
  int64_t stood_back_generation = 0;

  friend bool operator==(const Contest&, const Contest&) = default;
};

struct HoldPlan {
  enum class Action {
    kNothing,    // the autoscaler has what it should have
    kWrite,      // floor and original
    kStandBack,  // somebody else insists: FloorContested
  };
  Action action = Action::kNothing;
  int floor = 0;
  std::optional<int> original;
  Contest next;  // after a kWrite: once it has succeeded
};

// What the autoscaler's minimum should be: what the service wants, or the owner's own where that is more, within its
// maximum.
int FloorFor(std::optional<int> original, int wanted, int maximum);

// `live` is the object as it is now, `wanted` what `service` wants its minimum to be, `generation` of the service.
HoldPlan PlanHold(const Adoptable& live, const std::string& service, int wanted, int64_t generation, SteadyTime now,
                  Contest contest);

// The sentence of FloorContested.
std::string ContestText(const Adoptable& live);

}  // namespace dso::controller
