// Whether a call may go on: who calls (client certificate or bearer token), how much they have asked for lately, and
// whether Kubernetes lets them see what they ask for.
//
// What the API server has said is remembered for a minute (a refusal for ten seconds), so that a call is usually judged
// at once, on gRPC's own thread, and a hundred calls of one client cost one review. On a server without TLS, which
// listens on the loopback interface only, everybody is let in.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/loop.h"
#include "rpc/access.h"
#include "rpc/client_limits.h"
#include "rpc/expiring_map.h"

namespace dso::rpc {

// Who calls and what they want, apart from the call: a stream is judged again while it lasts.
struct Ticket {
  std::string client;                          // that limits count for: the user or, without one, the address
  std::optional<Access> access{};              // absent: everybody who is somebody may
  std::optional<Result<Identity>> identity{};  // absent: `token` has to be reviewed
  std::string token{};
  std::string token_key{};  // a hash of it
};

class Gate {
 public:
  // Null: without TLS, nobody is asked who they are. It outlives the gate, as the loop does.
  Gate(Loop& loop, AccessReviewer* reviewer, Limits limits);

  // A gate is closed at first: who calls is told to come again.
  void SetOpen(bool open) { open_ = open; }

  // All functions but Drain() may be called on any thread.
  Ticket TicketOf(const grpc::ServerContextBase& context, std::optional<Access> access);

  using Then = std::function<void(grpc::Status)>;
  // Calls `then` once: on this thread where the answer is known, otherwise on the loop's. Admit() is for calls, which
  // count; Judge() for one that was admitted.
  void Admit(const Ticket& ticket, Then then);
  void Judge(const Ticket& ticket, Then then);

  ClientLimits& limits() { return limits_; }

  // Ends when no review is under way any more.
  Task<void> Drain() { return reviews_.Wait(); }

 private:
  void Authorize(const Identity& identity, const std::optional<Access>& access, Then then);
  void Identify(const Ticket& ticket, std::function<void(const Result<Identity>&)> then);
  Task<void> ReviewToken(std::string token, std::string key);
  Task<void> ReviewAccess(Identity identity, Access access, std::string key);

  // Those who wait for one review.
  template <typename Answer>
  using Waiting = std::map<std::string, std::vector<std::function<void(const Answer&)>>>;

  Loop& loop_;
  AccessReviewer* const reviewer_;
  std::atomic<bool> open_ = false;
  ClientLimits limits_;
  ExpiringMap<Result<Identity>> certificates_;
  ExpiringMap<Result<Identity>> tokens_;
  ExpiringMap<Result<bool>> decisions_;
  // Loop thread only.
  Waiting<Result<Identity>> token_waiters_;
  Waiting<Result<bool>> access_waiters_;
  WaitGroup reviews_;
};

}  // namespace dso::rpc
