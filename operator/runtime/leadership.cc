#include "runtime/leadership.h"

#include <utility>

#include "base/log.h"

namespace dso::runtime {

Leadership::~Leadership() { StopTimer(); }

void Leadership::LeadUntil(SteadyTime until) {
  if (until <= loop_.Now()) return;
  const bool begins = !until_;
  until_ = until;
  // One timer at a time: it looks where the end has moved to.
  if (!timer_) Expire();
  if (!begins) return;
  if (until != SteadyTime::max()) LogInfo("leading");
  if (on_change_) on_change_(true);
}

void Leadership::End() {
  StopTimer();
  if (std::exchange(until_, std::nullopt) && on_change_) on_change_(false);
}

void Leadership::OnChange(std::function<void(bool leads)> callback) {
  on_change_ = std::move(callback);
  if (until_) on_change_(true);
}

void Leadership::Expire() {
  timer_.reset();
  if (!until_ || *until_ == SteadyTime::max()) return;
  const SteadyTime now = loop_.Now();
  if (now >= *until_) {
    LogWarning("no longer leading: the lease was not renewed in time");
    End();
    return;
  }
  timer_ = loop_.RunAfter(std::chrono::ceil<milliseconds>(*until_ - now), [this] { Expire(); });
}

void Leadership::StopTimer() {
  if (timer_) loop_.CancelTimer(*std::exchange(timer_, std::nullopt));
}

}  // namespace dso::runtime
