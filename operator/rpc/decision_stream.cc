#include "rpc/decision_stream.h"

#include <utility>

#include "rpc/messages.h"
#include "rpc/timestamps.h"

namespace dso::rpc {

namespace v1 = deepseek::forecast::v1;

void DecisionStream::Begin() {
  const std::weak_ptr<OutStream> weak = weak_from_this();
  auto subscription =
      std::make_unique<Subscription>(board_, [weak, this](const SharedView& before, const SharedView& after) {
        if (const auto open = weak.lock()) Note(before, after);
      });
  {
    const std::lock_guard lock(mutex_);
    subscription_ = std::move(subscription);
  }
  Poke();
}

bool DecisionStream::Watches(const ServiceView& view) const {
  if (!watched_.ns.empty() && view.ns != watched_.ns) return false;
  return watched_.name.empty() || view.name == watched_.name;
}

void DecisionStream::Note(const SharedView& before, const SharedView& after) {
  const ServiceView& view = after ? *after : *before;
  if (!Watches(view)) return;
  Board::Key key{view.ns, view.name};
  {
    const std::lock_guard lock(mutex_);
    if (listed_ && key > *listed_) return;  // it will be told as it stands
    Change& change = changes_[std::move(key)];
    if (change.changes++ == 0) change.from = before ? before->Floor().value_or(0) : 0;
  }
  Poke();
}

void DecisionStream::Tick() {
  {
    const std::lock_guard lock(mutex_);
    say_alive_ = std::exchange(silent_, true);
  }
  Poke();
}

bool DecisionStream::Take(v1::WatchDecisionsResponse& message) {
  if (!subscription_) return false;
  message.Clear();
  const bool told = TakeCurrent(*message.mutable_decision()) || TakeChange(*message.mutable_decision());
  if (!told) {
    if (!std::exchange(say_alive_, false)) return false;
    message.mutable_heartbeat();
  }
  silent_ = false;
  return true;
}

bool DecisionStream::TakeCurrent(v1::DecisionEvent& event) {
  while (listed_) {
    const auto next = board_.List(watched_.ns, *listed_, 1);
    if (next.empty()) {
      listed_.reset();
      return false;
    }
    const ServiceView& view = *next.front();
    listed_ = {view.ns, view.name};
    if (!Watches(view) || !view.Floor()) continue;
    event.set_kind(v1::DecisionEvent::KIND_CURRENT);
    FillCurrent(view, event);
    return true;
  }
  return false;
}

bool DecisionStream::TakeChange(v1::DecisionEvent& event) {
  while (!changes_.empty()) {
    const auto change = changes_.extract(changes_.begin());
    const auto& [ns, name] = change.key();
    const SharedView view = board_.Find(ns, name);
    const int to = view ? view->Floor().value_or(0) : 0;
    // There and back again between two messages.
    if (to == change.mapped().from && view) continue;
    event.set_kind(to > 0 ? v1::DecisionEvent::KIND_CHANGED : v1::DecisionEvent::KIND_GONE);
    event.set_namespace_(ns);
    event.set_service(name);
    if (view) FillCurrent(*view, event);
    event.set_from(change.mapped().from);
    event.set_missed(change.mapped().changes - 1);
    return true;
  }
  return false;
}

}  // namespace dso::rpc
