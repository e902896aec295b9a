#include "decide/start_up.h"

#include <algorithm>
#include <utility>

namespace dso::decide {
namespace {

constexpr milliseconds kPrior = std::chrono::minutes(5);
constexpr milliseconds kShortest = seconds(1);
constexpr milliseconds kLongest = std::chrono::hours(6);
constexpr milliseconds kLongestUnwatched = std::chrono::minutes(30);
constexpr milliseconds kLongestFault = std::chrono::minutes(30);  // or three times the longest start-up
constexpr double kQuantile = 0.9;
constexpr int kEnough = 3;       // batches, to learn from
constexpr int kEnoughTail = 10;  // batches, whose P90 is not their maximum

// Of a pod that was not seen before it was ready. Precondition: start.ready.
bool IsStartUp(const PodStart& start) {
  return *start.ready - start.started.value_or(start.created) <= kLongestUnwatched;
}

// From one moment to a later one, by clocks that may disagree; empty unless both are known.
std::optional<milliseconds> Between(std::optional<WallTime> from, std::optional<WallTime> to) {
  if (!from || !to) return std::nullopt;
  return std::max(*to - *from, milliseconds(0));
}

template <typename Length>
std::optional<milliseconds> MedianOf(const std::vector<StartUpBatch>& batches, Length length) {
  std::vector<Lifetime> lengths;
  for (const StartUpBatch& batch : batches) {
    if (const auto known = length(batch.slowest)) lengths.push_back({*known});
  }
  return QuantileOf(std::move(lengths), 0.5);
}

// Censored ones no longer than what a start-up can be.
std::vector<Lifetime> LifetimesOf(const std::vector<StartUpBatch>& batches, WallTime now) {
  milliseconds longest = kLongestFault;
  for (const StartUpBatch& batch : batches) {
    longest = std::max(longest, 3 * Between(batch.first, batch.slowest.ready).value_or(milliseconds(0)));
  }
  std::vector<Lifetime> lifetimes;
  for (const StartUpBatch& batch : batches) {
    const Lifetime lifetime = batch.LifetimeAt(now);
    lifetimes.push_back({std::min(lifetime.length, longest), lifetime.ended});
  }
  return lifetimes;
}

// `ended`: how many of the lifetimes have.
milliseconds P90Of(const std::vector<Lifetime>& lifetimes, int ended,
                   const std::optional<RememberedStartUp>& remembered) {
  milliseconds p90{0};
  for (const Lifetime& lifetime : lifetimes) p90 = std::max(p90, lifetime.length);
  if (ended >= kEnough) p90 = QuantileOf(lifetimes, kQuantile).value_or(p90);

  milliseconds least{0};
  if (remembered && ended < kEnoughTail) {
    least = remembered->p90;
  } else if (ended < kEnough) {
    least = kPrior;
  }
  return std::clamp(std::max(p90, least), kShortest, kLongest);
}

}  // namespace

StartUpTimes::StartUpTimes(RememberedStartUp remembered) {
  if (remembered.batches >= kEnough) remembered_ = remembered;
}

void StartUpTimes::Take(PodId id, const PodStart& start) {
  if (start.created >= newest_) {
    newest_ = start.created;
    probed_ = start.probed;
  }
  Pod& pod = pods_[id];
  if (pod.state == Pod::State::kReady) return;
  const bool watched = pod.state == Pod::State::kStarting;
  if (start.unusable || (start.ready && !watched && !IsStartUp(start))) {
    if (watched) batches_.Leave(pod.batch);
    pod.state = start.ready ? Pod::State::kReady : Pod::State::kUnusable;
    return;
  }
  if (!watched) pod = {Pod::State::kStarting, batches_.Join(start)};
  if (!start.ready) return;
  batches_.LeaveReady(pod.batch, start);
  pod.state = Pod::State::kReady;
}

void StartUpTimes::Gone(PodId id, WallTime at) {
  const auto found = pods_.find(id);
  if (found == pods_.end()) return;
  if (found->second.state == Pod::State::kStarting) batches_.LeaveGivenUp(found->second.batch, at);
  pods_.erase(found);
}

StartUpEstimate StartUpTimes::Estimate(WallTime now) const {
  std::vector<StartUpBatch> batches;
  for (const StartUpBatch& batch : batches_.All()) {
    if (batch.probed == probed_) batches.push_back(batch);
  }
  const std::vector<Lifetime> lifetimes = LifetimesOf(batches, now);
  std::erase_if(batches, [](const StartUpBatch& batch) { return !batch.GotReady(); });

  StartUpEstimate estimate;
  estimate.batches = static_cast<int>(batches.size());
  estimate.censored = static_cast<int>(lifetimes.size() - batches.size());
  estimate.p90 = P90Of(lifetimes, estimate.batches, remembered_);
  estimate.scheduling_p50 = MedianOf(batches, [](const PodStart& pod) { return Between(pod.created, pod.scheduled); });
  estimate.pulling_p50 = MedianOf(batches, [](const PodStart& pod) { return Between(pod.scheduled, pod.started); });
  estimate.readying_p50 = MedianOf(batches, [](const PodStart& pod) { return Between(pod.started, pod.ready); });
  estimate.probed = probed_;
  if (estimate.batches >= kEnough || remembered_) estimate.source = StartUpEstimate::Source::kLearned;
  if (remembered_ && estimate.batches < kEnoughTail) {
    estimate.batches = std::max(estimate.batches, remembered_->batches);
  }
  return estimate;
}

}  // namespace dso::decide
