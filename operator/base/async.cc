#include "base/async.h"

namespace dso {

Task<bool> Sleep(Loop& loop, milliseconds delay, std::stop_token stop) {
  if (stop.stop_requested()) co_return false;
  const Deferred<bool> woken;
  const Loop::TimerId timer = loop.RunAfter(delay, [woken] { woken.Set(true); });
  // Posted, not called: the one who requests the stop must not find itself inside the sleeper.
  const std::stop_callback on_stop(stop, [&loop, woken] { loop.Post([woken] { woken.Set(false); }); });
  const bool slept = co_await woken;
  loop.CancelTimer(timer);
  co_return slept;
}

Task<void> Yield(Loop& loop) {
  const Deferred<bool> turn;
  loop.Post([turn] { turn.Set(true); });
  co_await turn;
}

Task<Semaphore::Permit> Semaphore::Acquire() {
  if (available_ > 0) {
    --available_;
    co_return Permit(this);
  }
  const Deferred<bool> turn;
  waiting_.push_back(turn);
  co_await turn;
  co_return Permit(this);
}

void Semaphore::Release() {
  if (waiting_.empty()) {
    ++available_;
    return;
  }
  // The permit passes to the next in line; posted, so that a long chain of releases does not nest.
  loop_.Post([turn = waiting_.front()] { turn.Set(true); });
  waiting_.pop_front();
}

Task<void> WaitGroup::Wait() {
  if (under_way_ == 0) co_return;
  const Deferred<bool> none_under_way;
  waiting_.push_back(none_under_way);
  co_await none_under_way;
}

void WaitGroup::Leave() {
  if (--under_way_ > 0) return;
  // Who goes on may wait again, or end what this is a part of.
  const std::vector<Deferred<bool>> waiting = std::exchange(waiting_, {});
  for (const Deferred<bool>& waiter : waiting) waiter.Set(true);
}

Task<void> WhenAll(std::vector<Task<void>> tasks) {
  if (tasks.empty()) co_return;
  const Deferred<bool> all_ended;
  size_t running = tasks.size();
  std::exception_ptr first_failure;
  const auto run = [&](Task<void> task) -> Task<void> {
    try {
      co_await std::move(task);
    } catch (...) {
      if (!first_failure) first_failure = std::current_exception();
    }
    if (--running == 0) all_ended.Set(true);
  };
  for (Task<void>& task : tasks) Spawn(run(std::move(task)));
  co_await all_ended;
  if (first_failure) std::rethrow_exception(first_failure);
}

}  // namespace dso
