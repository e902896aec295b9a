// Reflector: keeps an ObjectSink equal to what the API server has of one resource.
//
//   state     | what happens                       | next
//   ----------+------------------------------------+------------------------------------------------------------
//   kListing  | list all pages, replace the sink   | kWatching; on failure kListing after a back-off
//   kWatching | apply events, remember the         | kWatching when the server ends the stream, or after a back-off
//             | resourceVersion of each            | when it broke; kListing when the version is gone (410)
//
// Guarantees: the sink sees every object's latest state eventually, a deletion during an outage as well; no event is
// applied twice. Loop thread only; client, sink and loop outlive Run().
#pragma once

#include <functional>
#include <random>
#include <stop_token>
#include <string>

#include "base/loop.h"
#include "kube/client.h"
#include "runtime/backoff.h"
#include "runtime/object_sink.h"

namespace dso::runtime {

class Reflector {
 public:
  Reflector(Loop& loop, kube::Client& client, kube::ResourceType type, kube::Selection selection, ObjectSink& sink);

  // Ends when a stop is requested.
  Task<void> Run(std::stop_token stop);

  // True from the first complete list on.
  bool HasSynced() const { return has_synced_; }
  // What could not be listed or watched at the last attempt, and why; empty while all is well.
  const std::string& LastError() const { return last_error_; }
  // Called whenever HasSynced() or LastError() has changed.
  void OnStateChange(std::function<void()> callback) { on_state_change_ = std::move(callback); }

 private:
  enum class State { kListing, kWatching };

  Task<Status> ListAll(std::stop_token stop);
  Task<Status> WatchOnce(std::stop_token stop);
  void ApplyEvent(kube::WatchEvent event);
  void ReportSuccess();
  void ReportFailure(const Error& error);
  std::string Name() const;  // "deployments.apps in namespace prod"

  Loop& loop_;
  kube::Client& client_;
  const kube::ResourceType type_;
  const kube::Selection selection_;
  ObjectSink& sink_;

  State state_ = State::kListing;
  std::string resource_version_;
  bool has_synced_ = false;
  std::string last_error_;
  std::function<void()> on_state_change_;
  Backoff backoff_;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace dso::runtime
