#include "decide/backend_plan.h"

namespace dso::decide {

BackendPlan PlanBackend(std::span<const BackendUser> users) {
  std::vector<capacity::Claim> claims;
  int64_t held = 0;
  for (const BackendUser& user : users) {
    claims.push_back(user.claim);
    held += user.held;
  }
  BackendPlan plan{.held = held, .sharing = capacity::ShareBackend(claims), .budgets = {}};
  for (size_t i = 0; i < users.size(); ++i) {
    plan.budgets.push_back({plan.sharing.granted[i], plan.sharing.limit - (held - users[i].held)});
  }
  return plan;
}

}  // namespace dso::decide
