// The work queue of a controller: keys that want a reconcile.
//
// - A key that is waiting is not queued twice. A key that is added while it is being processed runs once more
//   afterwards; it is never handed to two workers at once.
// - Delayed adds: of several for one key the earliest wins.
// - Retries: each key backs off alone (5 ms doubling to 16 min) and all retries together pass one token bucket, so
//   that a poison object neither spins nor holds up the others.
//
// Loop thread only.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "base/loop.h"
#include "base/task.h"
#include "kube/resource.h"
#include "runtime/token_bucket.h"

namespace dso::runtime {

class WorkQueue {
 public:
  using Key = kube::ObjectKey;

  explicit WorkQueue(Loop& loop) : loop_(loop) {}
  ~WorkQueue();

  void Add(const Key& key);
  void AddAfter(const Key& key, milliseconds delay);
  // After a failure. `at_least` is what the server asked for.
  void Retry(const Key& key, milliseconds at_least = milliseconds(0));
  // After a success: the key's next failure starts at the shortest back-off again.
  void Forget(const Key& key) { failures_.erase(key); }

  struct Item {
    Key key;
    milliseconds waited;  // from Add to Get
  };
  // Waits for a key; nullopt after ShutDown(). Every key that was got must be given back with Done().
  Task<std::optional<Item>> Get();
  void Done(const Key& key);

  // While it is held no key is handed out; keys are queued as ever.
  void Hold();
  void Resume();

  // Wakes all waiting workers; what is queued is dropped.
  void ShutDown();

  size_t Depth() const { return ready_.size(); }
  size_t Adds() const { return adds_; }

 private:
  struct Delayed {
    SteadyTime due;
    Loop::TimerId timer;
  };
  void Enqueue(const Key& key);
  void WakeOne();

  Loop& loop_;
  std::deque<Key> ready_;                      // dirty and not being processed, in order
  std::unordered_map<Key, SteadyTime> dirty_;  // wants a reconcile, since when
  std::unordered_set<Key> processing_;
  std::unordered_map<Key, Delayed> delayed_;
  std::unordered_map<Key, int> failures_;  // in a row
  std::deque<Deferred<bool>> waiting_workers_;
  TokenBucket retry_bucket_{10, 100};  // per second, burst: as in controller-runtime
  bool held_ = false;
  bool shut_down_ = false;
  size_t adds_ = 0;
};

}  // namespace dso::runtime
