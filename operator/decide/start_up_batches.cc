#include "decide/start_up_batches.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace dso::decide {
namespace {

constexpr milliseconds kStep = seconds(10);
constexpr milliseconds kEpisode = std::chrono::minutes(10);
constexpr milliseconds kLongest = std::chrono::hours(6);
constexpr ptrdiff_t kRemembered = 32;  // of each outcome

bool StartsBefore(const StartUpBatch& a, const StartUpBatch& b) { return a.first < b.first; }

milliseconds LengthOf(const StartUpBatch& batch) { return batch.LifetimeAt(WallTime::min()).length; }

}  // namespace

bool StartUpBatch::GotReady() const {
  return starting == 0 && slowest.ready && (!given_up || *given_up <= *slowest.ready);
}

bool StartUpBatch::WasGivenUp() const { return starting == 0 && given_up && !GotReady(); }

Lifetime StartUpBatch::LifetimeAt(WallTime now) const {
  WallTime end = std::max(slowest.ready.value_or(first), given_up.value_or(first));
  if (starting > 0) end = std::max(end, now);
  return {std::clamp(end - first, milliseconds(0), kLongest), GotReady()};
}

StartUpBatch& StartUpBatches::Find(StartUpBatch::Id id) {
  return *std::find_if(batches_.begin(), batches_.end(), [id](const StartUpBatch& batch) { return batch.id == id; });
}

StartUpBatch::Id StartUpBatches::Join(const PodStart& start) {
  const auto takes = [&start](const StartUpBatch& batch) {
    return batch.probed == start.probed && start.created <= batch.first + kStep && batch.last <= start.created + kStep;
  };
  const auto found = std::find_if(batches_.begin(), batches_.end(), takes);
  if (found == batches_.end()) {
    batches_.push_back(
        {.id = next_id_++, .starting = 1, .first = start.created, .last = start.created, .probed = start.probed});
    return batches_.back().id;
  }
  ++found->starting;
  found->first = std::min(found->first, start.created);
  found->last = std::max(found->last, start.created);
  return found->id;
}

void StartUpBatches::LeaveReady(StartUpBatch::Id id, const PodStart& start) {
  StartUpBatch& batch = Find(id);
  if (!batch.slowest.ready || *batch.slowest.ready < *start.ready) batch.slowest = start;
  Leave(id);
}

void StartUpBatches::LeaveGivenUp(StartUpBatch::Id id, WallTime at) {
  StartUpBatch& batch = Find(id);
  batch.given_up = std::max(batch.given_up.value_or(at), at);
  Leave(id);
}

void StartUpBatches::Leave(StartUpBatch::Id id) {
  if (--Find(id).starting > 0) return;
  std::erase_if(batches_, [](const StartUpBatch& batch) {
    return batch.starting == 0 && !batch.GotReady() && !batch.WasGivenUp();
  });
  if (std::count_if(batches_.begin(), batches_.end(), std::mem_fn(&StartUpBatch::GotReady)) > kRemembered) {
    ForgetReady();
  }
  if (std::count_if(batches_.begin(), batches_.end(), std::mem_fn(&StartUpBatch::WasGivenUp)) > kRemembered) {
    ForgetGivenUp();
  }
}

void StartUpBatches::ForgetReady() {
  std::sort(batches_.begin(), batches_.end(), StartsBefore);
  const StartUpBatch* oldest = nullptr;
  const StartUpBatch* before = nullptr;
  const StartUpBatch* outdone = nullptr;  // the shortest that has a longer neighbour
  for (const StartUpBatch& batch : batches_) {
    if (!batch.GotReady()) continue;
    if (oldest == nullptr) oldest = &batch;
    if (before != nullptr && batch.first - before->first <= kEpisode) {
      const StartUpBatch* shorter = LengthOf(*before) <= LengthOf(batch) ? before : &batch;
      if (outdone == nullptr || LengthOf(*shorter) < LengthOf(*outdone)) outdone = shorter;
    }
    before = &batch;
  }
  const StartUpBatch::Id forgotten = outdone != nullptr ? outdone->id : oldest->id;
  const WallTime remembered_from = outdone != nullptr ? WallTime::min() : oldest->first;
  std::erase_if(batches_, [&](const StartUpBatch& batch) {
    return batch.id == forgotten || (batch.WasGivenUp() && batch.first < remembered_from);
  });
}

void StartUpBatches::ForgetGivenUp() {
  const auto older = [](const StartUpBatch& a, const StartUpBatch& b) {
    return a.WasGivenUp() != b.WasGivenUp() ? a.WasGivenUp() : StartsBefore(a, b);
  };
  batches_.erase(std::min_element(batches_.begin(), batches_.end(), older));
}

}  // namespace dso::decide
