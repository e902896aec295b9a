#include "controller/contest.h"

#include <fmt/format.h>

#include <algorithm>

namespace dso::controller {
namespace {

// We had written it, and now there is something else: another value, or an object that was replaced as a whole.
bool IsOverwritten(const Adoptable& live, const std::string& service, const Contest& contest) {
  if (live.held_by == service) return !live.HasOurFloor();
  return !live.IsHeld() && contest.held_uid == live.uid;
}

bool IsOver(const Contest& contest, int64_t generation, SteadyTime now) {
  return contest.stood_back_at &&
         (contest.stood_back_generation != generation || now - *contest.stood_back_at >= kContestPause);
}

}  // namespace

int FloorFor(std::optional<int> original, int wanted, int maximum) {
  return std::min(std::max(original.value_or(0), wanted), std::max(maximum, 1));
}

HoldPlan PlanHold(const Adoptable& live, const std::string& service, int wanted, int64_t generation, SteadyTime now,
                  Contest contest) {
  using Action = HoldPlan::Action;
  // An object of the same name that was made anew is another one.
  if (!contest.held_uid.empty() && contest.held_uid != live.uid) contest = {};
  const bool taken_up_again = IsOver(contest, generation, now);
  if (taken_up_again) contest = {.held_uid = contest.held_uid, .overwritten = {}, .stood_back_at = {}};
  std::erase_if(contest.overwritten, [now](SteadyTime at) { return now - at >= kContestWindow; });

  HoldPlan plan;
  plan.original = live.Original();
  plan.floor = FloorFor(plan.original, wanted, live.maximum);
  if (contest.stood_back_at) return {Action::kStandBack, plan.floor, plan.original, std::move(contest)};
  if (IsOverwritten(live, service, contest) && !taken_up_again) {
    contest.overwritten.push_back(now);
    if (contest.overwritten.size() >= kContestLimit) {
      contest.stood_back_at = now;
      contest.stood_back_generation = generation;
      return {Action::kStandBack, plan.floor, plan.original, std::move(contest)};
    }
  }
  contest.held_uid = live.uid;
  const bool holds = live.held_by == service && live.HasOurFloor();
  plan.action = holds && live.minimum == plan.floor ? Action::kNothing : Action::kWrite;
  plan.next = std::move(contest);
  return plan;
}

std::string ContestText(const Adoptable& live) {
  const std::string who = live.minimum_writer.empty() ? "Somebody else" : fmt::format("\"{}\"", live.minimum_writer);
  return fmt::format(
      "{} has written the minimum of {} three times within ten minutes, so the operator writes it no more: take the "
      "field out of what {} applies, or set prediction.mode to Shadow; the operator tries again in an hour, or when "
      "the spec changes",
      who, live.ToString(), live.minimum_writer.empty() ? "that one" : "it");
}

}  // namespace dso::controller
