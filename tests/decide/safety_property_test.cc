// What is promised about the minReplicas that stands on an HPA, whatever comes in whatever order (docs/decisions.md):
//
//   - after a sync that has seen a demand, and could write, it is at least what that demand needs (maxRaisePerPeriod
//     unset);
//   - a process lowers its floor only to what nothing exceeded over a whole scale-down window up to now: no need, and
//     no floor that was held; by no more than maxReleasePerPeriod; and a write that lowers the HPA carries a decision
//     that was made so;
//   - whoever has set what stands: it is lowered only so, by the looks of the process that lowers it, and itself by no
//     more than maxReleasePerPeriod while one process is at work;
//   - a process raises what it has set itself only where something has asked for it: no hold undoes a release;
//   - it is within [min, max]; in Shadow and Off it is min, or what the override asks for.
//
// Random services in a random world, an API server, processes that are restarted and roll over, and an oracle for each.
// A million looks in a few seconds.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/decide/safety_operator.h"

namespace dso::decide::test {
namespace {

constexpr int kLooks = 50'000;  // a seed
constexpr seconds kLife = hours(4);

class Scenario {
 public:
  explicit Scenario(Dice& dice)
      : dice_(dice),
        world_(dice, SteadyTime(hours(1))),
        api_(dice.Between(1, 40)),
        period_(dice.Of({5, 15, 15, 30, 60})) {
    Start();
  }

  // Until the end of its life, or the first objection.
  void Run() {
    for (const SteadyTime end = world_.now + kLife; world_.now < end && problem_.empty();) Step();
    while (!processes_.empty()) Stop(0);
  }

  const std::string& problem() const { return problem_; }
  int looks() const { return looks_; }
  int lowerings() const { return lowerings_; }
  int promises() const { return promises_; }
  int paced() const { return paced_; }
  int raises() const { return raises_; }

 private:
  void Start() {
    processes_.push_back(std::make_unique<SafetyOperator>(++last_id_, world_, api_, wire_, dice_, period_));
    trouble_at_ = world_.now;
  }
  void Stop(size_t which) {
    looks_ += processes_[which]->looks();
    processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(which));
  }

  void Step() {
    world_.Step();
    Cap();
    Interfere();
    Roll();
    const Weather weather{.writes_fail = failing_.IsOn(world_.now),
                          .writes_are_late = late_.IsOn(world_.now),
                          .answers_are_lost = lost_.IsOn(world_.now),
                          .watch_lags = lagging_.IsOn(world_.now),
                          .syncs_are_missed = missed_.IsOn(world_.now)};
    if (!wire_.empty()) trouble_at_ = world_.now;
    Deliver();
    for (const auto& process : processes_) {
      process->Step(weather);
      Deliver();
      const auto promise = process->TakePromise();
      if (promise) ++promises_;
      if (promise && api_.hpa().min_replicas < *promise) {
        Object("the HPA has " + std::to_string(api_.hpa().min_replicas) + " after a sync, the demand needs " +
               std::to_string(*promise));
      }
      if (!process->problem().empty()) Object(process->problem());
    }
  }

  // The HPA controller's status, and people or programs that set minReplicas.
  void Interfere() {
    if (dice_.OneIn(60)) api_.Touch();
    if (dice_.OneIn(3600)) {
      const int replicas = dice_.Between(1, 60);
      // What stood until then has been looked at some time before.
      if (replicas < api_.hpa().min_replicas) trouble_at_ = world_.now;
      api_.ApplyByPerson(replicas, world_.now);
      NoteWhatStands();
    }
  }

  // Crashes, replacements, and two processes at once for a while.
  void Roll() {
    if (processes_.empty()) {
      if (dice_.OneIn(60)) Start();
    } else if (dice_.OneIn(processes_.size() > 1 ? 300 : 5400)) {
      Stop(static_cast<size_t>(dice_.Below(static_cast<int>(processes_.size()))));
      if (processes_.empty() && dice_.OneIn(2)) Start();
    } else if (processes_.size() == 1 && dice_.OneIn(7200)) {
      Start();
    }
    if (processes_.size() > 1) trouble_at_ = world_.now;
  }

  void Deliver() {
    for (size_t i = 0; i < wire_.size();) {
      if (wire_[i].arrives_at > world_.now) {
        ++i;
        continue;
      }
      const JudgedWrite write = wire_[i];
      wire_.erase(wire_.begin() + static_cast<std::ptrdiff_t>(i));
      const SafetyApi::Hpa before = api_.hpa();
      const bool applied = api_.Apply(write);
      if (applied) Judge(write, before);
      for (const auto& process : processes_) {
        if (process->id() == write.writer) process->Answer(write, applied);
      }
    }
  }

  void Judge(const JudgedWrite& write, const SafetyApi::Hpa& before) {
    const int value = write.min_replicas;
    if (before.written_at > write.sent_at && value < before.min_replicas)
      Object("lowered by a write that was overtaken");
    if (value > before.min_replicas && before.writer == write.writer && IsSettled()) {
      ++raises_;
      if (!write.may_raise) {
        Object("raised from " + std::to_string(before.min_replicas) + " to " + std::to_string(value) +
               " without reason");
      }
    }
    // Whoever has set it: it is lowered with good reason only. A lower maximum is a person's wish.
    if (value < std::min(before.min_replicas, world_.spec.replicas.max)) {
      ++lowerings_;
      if (!write.may_lower) {
        Object("lowered from " + std::to_string(before.min_replicas) + " to " + std::to_string(value) +
               " without reason");
      }
      JudgePace(value);
    }
    NoteWhatStands();
  }
  void NoteWhatStands() {
    stood_.push_back({api_.hpa().written_at, std::min(api_.hpa().min_replicas, world_.spec.replicas.max)});
  }
  // A lower maximum is a person's wish: what stood above it has not to be let go of step by step.
  void Cap() {
    if (cap_ == world_.spec.replicas.max) return;
    if (cap_ < world_.spec.replicas.max) higher_cap_at_ = world_.now;
    cap_ = world_.spec.replicas.max;
    for (auto& [since, stood] : stood_) stood = std::min(stood, cap_);
  }

  // A higher maximum gives back what a lower one has taken.
  bool IsSettled() const {
    const auto& spec = world_.spec;
    const milliseconds memory = std::max(spec.autoscaling.scale_down_window, spec.prediction.max_release.period);
    return world_.now > higher_cap_at_ + memory + minutes(5);
  }
  // The HPA itself falls no faster than it may, but for a process that is new or not alone, which does not know since
  // when what stands has stood, and for writes that are on their way for long.
  void JudgePace(int value) {
    const api::PaceLimit& limit = world_.spec.prediction.max_release;
    if (world_.spec.prediction.mode != api::PredictionMode::kActive || value == world_.spec.replicas.max ||
        trouble_at_ + 2 * limit.period >= world_.now) {
      return;
    }
    ++paced_;
    SteadyTime until = world_.now;
    for (size_t i = stood_.size(); i-- > 0 && until + limit.period > world_.now; until = stood_[i].first) {
      const int stood = stood_[i].second;
      if (value < stood - Oracle::StepOf(limit, stood)) Object("lowered faster than maxReleasePerPeriod");
    }
  }

  void Object(const std::string& problem) {
    if (problem_.empty()) {
      problem_ =
          problem + " (" + std::to_string((world_.now - SteadyTime(hours(1))) / seconds(1)) + " s after the begin)";
    }
  }

  Dice& dice_;
  World world_;
  SafetyApi api_;
  seconds period_;
  std::vector<std::pair<SteadyTime, int>> stood_;  // since when which minReplicas has stood, within the maximum
  int cap_ = 0;
  SteadyTime higher_cap_at_{};
  std::vector<JudgedWrite> wire_;
  std::vector<std::unique_ptr<SafetyOperator>> processes_;
  int last_id_ = SafetyApi::kPerson;
  SteadyTime trouble_at_{};
  Spell failing_{dice_, seconds(2400), seconds(300)};
  Spell late_{dice_, seconds(1800), seconds(300)};
  Spell lost_{dice_, seconds(3600), seconds(120)};
  Spell lagging_{dice_, seconds(1800), seconds(60)};
  Spell missed_{dice_, seconds(3600), seconds(400)};
  int looks_ = 0;
  int lowerings_ = 0;
  int raises_ = 0;
  int promises_ = 0;
  int paced_ = 0;
  std::string problem_;
};

class FloorSafety : public testing::TestWithParam<int> {};

TEST_P(FloorSafety, KeepsItsPromises) {
  Dice dice(static_cast<uint32_t>(GetParam()));
  int looks = 0;
  int lowerings = 0;
  int raises = 0;
  int promises = 0;
  int paced = 0;
  for (int life = 0; looks < kLooks; ++life) {
    Scenario scenario(dice);
    scenario.Run();
    ASSERT_EQ(scenario.problem(), "") << "in life " << life << " of seed " << GetParam();
    looks += scenario.looks();
    lowerings += scenario.lowerings();
    promises += scenario.promises();
    paced += scenario.paced();
    raises += scenario.raises();
  }
  // The world is as bad as it is meant to be, and not so bad that nothing ever happens.
  EXPECT_GT(lowerings, kLooks / 200);
  EXPECT_GT(raises, kLooks / 500);
  EXPECT_GT(promises, kLooks / 10);
  EXPECT_GT(paced, kLooks / 2000);
}

INSTANTIATE_TEST_SUITE_P(Seeds, FloorSafety, testing::Range(1, 25));

}  // namespace
}  // namespace dso::decide::test
