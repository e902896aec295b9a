// The services as other threads see them: the event loop publishes, everybody reads.
//
// Publish() and Remove() are for the loop thread; everything else may be called on any thread at any time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rpc/service_view.h"

namespace dso::rpc {

using SharedView = std::shared_ptr<const ServiceView>;

class Board {
 public:
  // A floor has changed, or a service has come (no `before`) or gone (no `after`). Called on the loop thread, and may
  // be called once more after it was removed: it must be quick, and must own what it uses.
  using Listener = std::function<void(const SharedView& before, const SharedView& after)>;
  using ListenerId = uint64_t;

  void Publish(SharedView view);
  void Remove(std::string_view ns, std::string_view name);

  // Null if there is none.
  SharedView Find(std::string_view ns, std::string_view name) const;

  // At most `most` services in the order of namespace and name that come after `after`; of one namespace, or of all if
  // `ns` is empty.
  using Key = std::pair<std::string, std::string>;  // namespace, name
  std::vector<SharedView> List(std::string_view ns, const Key& after, size_t most) const;

  ListenerId AddListener(Listener listener);
  void RemoveListener(ListenerId id);

 private:
  struct Order {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      const int by_namespace = std::string_view(a.first).compare(b.first);
      return by_namespace != 0 ? by_namespace < 0 : std::string_view(a.second) < std::string_view(b.second);
    }
  };

  void Tell(const SharedView& before, const SharedView& after);

  mutable std::shared_mutex mutex_;
  std::map<Key, SharedView, Order> views_;

  std::mutex listeners_mutex_;
  std::map<ListenerId, std::shared_ptr<const Listener>> listeners_;
  ListenerId next_listener_ = 1;
};

// A listener for as long as this lives.
class Subscription {
 public:
  Subscription(Board& board, Board::Listener listener) : board_(board), id_(board.AddListener(std::move(listener))) {}
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { board_.RemoveListener(id_); }

 private:
  Board& board_;
  Board::ListenerId id_;
};

}  // namespace dso::rpc
