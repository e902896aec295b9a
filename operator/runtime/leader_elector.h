// Leader election by a Lease, as client-go does it: one of several operators leads, the others wait.
//
//   held by       | what happens                                           | leads
//   --------------+--------------------------------------------------------+---------------------------------------
//   nobody        | taken at once                                          | from the answer on
//   us            | renewed every retry period                             | until the renew deadline after the
//                 |                                                        | last renewal was sent
//   another       | watched; taken when it has not changed for its         | no
//                 | duration, or at once when its holder gives it up       |
//
// The clocks of two machines are never compared: a lease is over when this process has not seen it change for its
// duration, by its own monotonic clock. The renew deadline is shorter than the duration, and counts from before the
// renewal was sent: so the one who leads knows that it is over before another one can begin. Every write of the Lease
// carries its resourceVersion, so that of two that take it one succeeds.
//
// Loop thread only; loop, client and leadership outlive Run().
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "kube/client.h"
#include "kube/lease.h"
#include "runtime/leadership.h"
#include "runtime/reflector.h"
#include "runtime/store.h"

namespace dso::runtime {

// client-go's, and so those of the Kubernetes components.
struct ElectionTimes {
  seconds lease_duration{15};
  seconds renew_deadline{10};  // shorter than the duration
  seconds retry_period{2};     // between two renewals; shorter than the deadline
};
// Of one request about the Lease: a server that hangs must leave time for another try before the deadline.
inline constexpr seconds kLeaseTimeLimit{3};

class LeaderElector {
 public:
  // `client` is not fenced, and has kLeaseTimeLimit. `identity` is unique to this process: two of the same name would
  // both lead.
  LeaderElector(Loop& loop, kube::Client& client, Leadership& leadership, kube::ObjectKey lease, std::string identity,
                ElectionTimes times = {});

  // Campaigns until a stop is requested; then gives the lease up, so that another one need not wait for its end. Who
  // requests it has ended his writes.
  Task<void> Run(std::stop_token stop);

  // Why the lease cannot be read or written; empty while all is well.
  const std::string& Problem() const { return problem_.empty() ? reflector_.LastError() : problem_; }
  // Called whenever Problem() may have changed.
  void OnProblem(std::function<void()> callback);

 private:
  Task<void> Campaign(std::stop_token stop);
  Task<void> Take();
  Task<void> Renew();
  Task<void> Refresh();
  Task<void> Release();
  Task<void> WaitAtMost(milliseconds delay, std::stop_token stop);

  bool IsOvertaken(const Error& error) const;
  bool IsOlder(const std::optional<kube::Lease>& lease) const;
  void OnWatched(const std::shared_ptr<const kube::Lease>& lease);
  void Observe(std::optional<kube::Lease> lease);
  void Extend(SteadyTime sent_at);
  void Report(const Error& error);
  void ReportSuccess();
  void Wake();
  bool IsOurs() const { return lease_ && lease_->holder == claim_.holder; }
  milliseconds UntilFree() const;

  Loop& loop_;
  kube::Client& client_;
  Leadership& leadership_;
  const kube::LeaseClaim claim_;
  const ElectionTimes times_;
  Store<kube::Lease> store_;
  Reflector reflector_;

  std::optional<kube::Lease> lease_;  // as last seen; absent: there is none
  SteadyTime changed_at_{};           // when it was first seen like that
  std::string problem_;
  std::function<void()> on_problem_;
  std::optional<Deferred<bool>> wake_;
};

}  // namespace dso::runtime
