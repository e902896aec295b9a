#include "runtime/leader_elector.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/async.h"
#include "base/log.h"

namespace dso::runtime {
namespace {

kube::Selection Only(const kube::ObjectKey& lease) {
  return {.ns = lease.ns, .label_selector = {}, .field_selector = "metadata.name=" + lease.name};
}

// Of a renewal that others' writes overtake: so often at once, then a retry period later.
constexpr int kRenewAttempts = 3;

}  // namespace

LeaderElector::LeaderElector(Loop& loop, kube::Client& client, Leadership& leadership, kube::ObjectKey lease,
                             std::string identity, ElectionTimes times)
    : loop_(loop),
      client_(client),
      leadership_(leadership),
      claim_{lease, std::move(identity), times.lease_duration},
      times_(times),
      reflector_(loop, client, kube::kLeases, Only(lease), store_.SinkOf(lease.ns)) {
  store_.AddListener([this](const kube::ObjectKey&, const auto&, const auto& after) { OnWatched(after); });
  reflector_.OnStateChange([this] {
    Wake();
    if (on_problem_) on_problem_();
  });
}

void LeaderElector::OnProblem(std::function<void()> callback) { on_problem_ = std::move(callback); }

Task<void> LeaderElector::Run(std::stop_token stop) {
  std::vector<Task<void>> parts;
  parts.push_back(reflector_.Run(stop));
  parts.push_back(Campaign(stop));
  co_await WhenAll(std::move(parts));
  co_await Release();
}

Task<void> LeaderElector::Campaign(std::stop_token stop) {
  while (!stop.stop_requested()) {
    milliseconds wait = times_.retry_period;
    if (!reflector_.HasSynced()) {
      co_await WaitAtMost(wait, stop);
      continue;
    }
    if (IsOurs()) {
      co_await Renew();
    } else if (UntilFree() <= milliseconds(0)) {
      co_await Take();
    }
    if (!IsOurs()) wait = std::max(wait, UntilFree());
    if (stop.stop_requested()) break;
    co_await WaitAtMost(wait, stop);
  }
}

milliseconds LeaderElector::UntilFree() const {
  if (!lease_ || lease_->holder.empty()) return milliseconds(0);
  return std::chrono::ceil<milliseconds>(changed_at_ + lease_->duration - loop_.Now());
}

Task<void> LeaderElector::Take() {
  const SteadyTime sent_at = loop_.Now();
  const WallTime now = loop_.WallNow();
  Result<kube::Json> taken = Internal("not sent");
  if (lease_) {
    kube::Json patch = kube::TakePatch(*lease_, claim_, now);
    taken = co_await client_.MergePatch(kube::kLeases, claim_.key, std::move(patch));
  } else {
    kube::Json created = kube::NewLease(claim_, now);
    taken = co_await client_.Create(kube::kLeases, std::move(created));
  }
  if (taken) {
    ReportSuccess();
    std::optional<kube::Lease> answer = kube::Lease::FromJson(*taken);
    if (!IsOlder(answer)) Observe(std::move(answer));  // or the watch has told of a successor by now
    Extend(sent_at);
  } else if (IsOvertaken(taken.error())) {
    co_await Refresh();
  } else {
    Report(taken.error());
  }
}

// While this one waits for its answer the leadership may end: then it begins anew, as nobody has taken the lease.
Task<void> LeaderElector::Renew() {
  for (int attempt = 0; attempt < kRenewAttempts && IsOurs(); ++attempt) {
    const SteadyTime sent_at = loop_.Now();
    kube::Json patch = kube::RenewPatch(*lease_, claim_, loop_.WallNow());
    Result<kube::Json> renewed = co_await client_.MergePatch(kube::kLeases, claim_.key, std::move(patch));
    if (renewed) {
      ReportSuccess();
      if (!IsOurs()) co_return;  // the watch knows more by now
      Observe(kube::Lease::FromJson(*renewed));
      Extend(sent_at);
      co_return;
    }
    if (!IsOvertaken(renewed.error())) {
      Report(renewed.error());
      co_return;
    }
    co_await Refresh();
  }
}

// By another version of the lease, or by its end.
bool LeaderElector::IsOvertaken(const Error& error) const {
  const bool was_there = error.code == ErrorCode::kNotFound && lease_;
  return error.code == ErrorCode::kConflict || error.code == ErrorCode::kAlreadyExists || was_there;
}

// Looks at it where a write has found another version than the one that is known. It may be ours all the same: an
// answer was lost, or somebody has annotated it.
Task<void> LeaderElector::Refresh() {
  Result<kube::Json> found = co_await client_.Get(kube::kLeases, claim_.key);
  if (found) {
    Observe(kube::Lease::FromJson(*found));
  } else if (found.error().code == ErrorCode::kNotFound) {
    Observe(std::nullopt);
  } else {
    Report(found.error());
  }
}

Task<void> LeaderElector::Release() {
  const bool ours = IsOurs();
  leadership_.End();
  if (!ours) co_return;
  kube::Json patch = kube::ReleasePatch(*lease_, loop_.WallNow());
  const Result<kube::Json> released = co_await client_.MergePatch(kube::kLeases, claim_.key, std::move(patch));
  if (released) {
    LogInfo("lease given up", {{"lease", claim_.key.ToString()}});
  } else {
    LogWarning("the lease could not be given up: another operator has to wait for its end",
               {{"lease", claim_.key.ToString()}, {"error", released.error().message}});
  }
}

void LeaderElector::OnWatched(const std::shared_ptr<const kube::Lease>& lease) {
  std::optional<kube::Lease> watched;
  if (lease) watched = *lease;
  // Of our own renewals the answers have told, maybe of later ones.
  const bool known = watched && IsOurs() && watched->uid == lease_->uid && watched->holder == claim_.holder;
  if (!known && !IsOlder(watched)) Observe(std::move(watched));
}

// The watch may lag behind an answer, and an answer behind the watch. Where somebody has set the transitions back by
// hand, the next write of ours fails and Refresh() has the last word.
bool LeaderElector::IsOlder(const std::optional<kube::Lease>& lease) const {
  return lease && lease_ && lease->uid == lease_->uid && lease->transitions < lease_->transitions;
}

void LeaderElector::Observe(std::optional<kube::Lease> lease) {
  const bool was_ours = IsOurs();
  const bool changed =
      lease.has_value() != lease_.has_value() || (lease && lease->resource_version != lease_->resource_version);
  if (!changed) return;
  const std::string before = lease_ ? lease_->holder : "";
  lease_ = std::move(lease);
  changed_at_ = loop_.Now();
  if (was_ours && !IsOurs()) {
    LogWarning("no longer leading: the lease was taken",
               {{"lease", claim_.key.ToString()}, {"by", lease_ ? lease_->holder : "its deletion"}});
    leadership_.End();
  } else if (!IsOurs() && lease_ && lease_->holder != before) {
    LogInfo("waiting for the lease", {{"lease", claim_.key.ToString()}, {"heldBy", lease_->holder}});
  }
  // Whoever sees another one hold it lacks nothing.
  if (!IsOurs() && lease_ && !lease_->holder.empty()) ReportSuccess();
  Wake();
}

void LeaderElector::Extend(SteadyTime sent_at) {
  if (IsOurs()) leadership_.LeadUntil(sent_at + times_.renew_deadline);
}

void LeaderElector::Report(const Error& error) {
  std::string message = error.message;
  if (error.code == ErrorCode::kPermissionDenied) {
    message += fmt::format(" (leader election needs get, list, watch, create and patch of leases in namespace {})",
                           claim_.key.ns);
  }
  const bool is_news = message != problem_;
  problem_ = std::move(message);
  if (is_news) LogWarning("cannot write the lease", {{"lease", claim_.key.ToString()}, {"error", problem_}});
  if (on_problem_) on_problem_();
}

void LeaderElector::ReportSuccess() {
  if (std::exchange(problem_, {}).empty()) return;
  if (on_problem_) on_problem_();
}

Task<void> LeaderElector::WaitAtMost(milliseconds delay, std::stop_token stop) {
  const Deferred<bool> woken;
  wake_ = woken;
  const Loop::TimerId timer = loop_.RunAfter(delay, [woken] { woken.Set(true); });
  const std::stop_callback on_stop(stop, [this, woken] { loop_.Post([woken] { woken.Set(true); }); });
  co_await woken;
  loop_.CancelTimer(timer);
  wake_.reset();
}

// Posted: who wakes the campaign must not find himself inside it.
void LeaderElector::Wake() {
  if (wake_) loop_.Post([woken = *wake_] { woken.Set(true); });
}

}  // namespace dso::runtime
