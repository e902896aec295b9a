#include "rpc/board.h"

namespace dso::rpc {
namespace {

using KeyView = std::pair<std::string_view, std::string_view>;

}  // namespace

void Board::Publish(SharedView view) {
  SharedView before;
  {
    const std::unique_lock lock(mutex_);
    SharedView& place = views_[{view->ns, view->name}];
    before = std::exchange(place, view);
  }
  if (!before || before->Floor() != view->Floor()) Tell(before, view);
}

void Board::Remove(std::string_view ns, std::string_view name) {
  SharedView before;
  {
    const std::unique_lock lock(mutex_);
    const auto found = views_.find(KeyView(ns, name));
    if (found == views_.end()) return;
    before = std::move(found->second);
    views_.erase(found);
  }
  Tell(before, nullptr);
}

SharedView Board::Find(std::string_view ns, std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = views_.find(KeyView(ns, name));
  return found == views_.end() ? nullptr : found->second;
}

std::vector<SharedView> Board::List(std::string_view ns, const Key& after, size_t most) const {
  std::vector<SharedView> views;
  const std::shared_lock lock(mutex_);
  const bool from_start = after.first.empty() && after.second.empty();
  auto view = from_start ? views_.lower_bound(KeyView(ns, "")) : views_.upper_bound(after);
  for (; view != views_.end() && views.size() < most; ++view) {
    if (ns.empty() || view->first.first == ns) views.push_back(view->second);
    if (!ns.empty() && view->first.first > ns) break;
  }
  return views;
}

Board::ListenerId Board::AddListener(Listener listener) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::make_shared<const Listener>(std::move(listener)));
  return next_listener_++;
}

void Board::RemoveListener(ListenerId id) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.erase(id);
}

// Without the lock: what a listener does may end in a listener's removal, on this very thread.
void Board::Tell(const SharedView& before, const SharedView& after) {
  std::vector<std::shared_ptr<const Listener>> listeners;
  {
    const std::lock_guard lock(listeners_mutex_);
    listeners.reserve(listeners_.size());
    for (const auto& [id, listener] : listeners_) listeners.push_back(listener);
  }
  for (const auto& listener : listeners) (*listener)(before, after);
}

}  // namespace dso::rpc
