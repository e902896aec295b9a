// Whether this process may write to the cluster. Of several operators one may, for as long as its lease lasts; an
// operator that runs alone may always.
//
// A leadership ends by itself: whoever holds it has to extend it (leader_elector.h). So a process that was stopped,
// starved or cut off finds itself without it before anything else, whatever its peers have done meanwhile.
// Loop thread only.
#pragma once

#include <functional>
#include <optional>

#include "base/loop.h"

namespace dso::runtime {

class Leadership {
 public:
  explicit Leadership(Loop& loop) : loop_(loop) {}
  ~Leadership();

  bool Leads() const { return until_ && loop_.Now() < *until_; }

  // Begins or goes on. SteadyTime::max() never ends.
  void LeadUntil(SteadyTime until);
  // At once; nothing if it has ended already.
  void End();

  // Called with Leads() after it has changed, and at once if it is true already.
  void OnChange(std::function<void(bool leads)> callback);

 private:
  void Expire();
  void StopTimer();

  Loop& loop_;
  std::optional<SteadyTime> until_;  // set while `on_change_` has been told that it leads
  std::optional<Loop::TimerId> timer_;
  std::function<void(bool)> on_change_;
};

}  // namespace dso::runtime
