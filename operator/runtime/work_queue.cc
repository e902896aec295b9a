#include "runtime/work_queue.h"

#include <algorithm>

namespace dso::runtime {
namespace {

constexpr milliseconds kShortestRetry{5};
constexpr milliseconds kLongestRetry = std::chrono::minutes(16);
constexpr int kDoublingsToLongest = 18;  // 5 ms * 2^18 is over 16 min

}  // namespace

WorkQueue::~WorkQueue() { ShutDown(); }

void WorkQueue::Add(const Key& key) {
  if (shut_down_ || dirty_.contains(key)) return;
  ++adds_;
  dirty_.emplace(key, loop_.Now());
  if (!processing_.contains(key)) Enqueue(key);
}

void WorkQueue::AddAfter(const Key& key, milliseconds delay) {
  if (shut_down_) return;
  if (delay <= milliseconds(0)) return Add(key);
  const SteadyTime due = loop_.Now() + delay;
  if (const auto found = delayed_.find(key); found != delayed_.end()) {
    if (found->second.due <= due) return;
    loop_.CancelTimer(found->second.timer);
    delayed_.erase(found);
  }
  const Loop::TimerId timer = loop_.RunAfter(delay, [this, key] {
    delayed_.erase(key);
    Add(key);
  });
  delayed_.emplace(key, Delayed{due, timer});
}

void WorkQueue::Retry(const Key& key, milliseconds at_least) {
  const int doublings = std::min(failures_[key]++, kDoublingsToLongest);
  const milliseconds own = std::min(kLongestRetry, kShortestRetry * (int64_t{1} << doublings));
  AddAfter(key, std::max({own, at_least, retry_bucket_.Reserve(loop_.Now())}));
}

Task<std::optional<WorkQueue::Item>> WorkQueue::Get() {
  while ((ready_.empty() || held_) && !shut_down_) {
    const Deferred<bool> woken;
    waiting_workers_.push_back(woken);
    co_await woken;
  }
  if (shut_down_) co_return std::nullopt;
  Item item{std::move(ready_.front()), milliseconds(0)};
  ready_.pop_front();
  item.waited = std::chrono::duration_cast<milliseconds>(loop_.Now() - dirty_.at(item.key));
  dirty_.erase(item.key);
  processing_.insert(item.key);
  co_return item;
}

void WorkQueue::Done(const Key& key) {
  processing_.erase(key);
  if (dirty_.contains(key)) Enqueue(key);
}

void WorkQueue::Hold() { held_ = true; }

void WorkQueue::Resume() {
  held_ = false;
  // What waited for the lead did not wait for a worker.
  for (auto& [key, since] : dirty_) since = loop_.Now();
  for (size_t i = 0; i < ready_.size() && !waiting_workers_.empty(); ++i) WakeOne();
}

void WorkQueue::ShutDown() {
  shut_down_ = true;
  ready_.clear();
  dirty_.clear();
  for (const auto& [key, delayed] : delayed_) loop_.CancelTimer(delayed.timer);
  delayed_.clear();
  while (!waiting_workers_.empty()) WakeOne();
}

void WorkQueue::Enqueue(const Key& key) {
  if (shut_down_) return;
  ready_.push_back(key);
  if (!held_ && !waiting_workers_.empty()) WakeOne();
}

void WorkQueue::WakeOne() {
  // Posted, so that the one who adds does not find itself inside a worker.
  loop_.Post([worker = waiting_workers_.front()] { worker.Set(true); });
  waiting_workers_.pop_front();
}

}  // namespace dso::runtime
