// What each pool has of a backend that it shares with others. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "capacity/connection_pools.h"

namespace dso::decide {

// One pool of one service.
struct BackendUser {
  capacity::Claim claim{};
  int64_t held = 0;  // connections that its pods may come to hold as things are: HeldAtWorst

  friend bool operator==(const BackendUser&, const BackendUser&) = default;
};

// What a backend leaves to one pool.
struct PoolBudget {
  int64_t granted = 0;  // what it is to have
  int64_t free = 0;     // the limit less what the others may hold as things are; negative if that is too much
};

struct BackendPlan {
  int64_t held = 0;  // by all users
  capacity::Sharing sharing;
  std::vector<PoolBudget> budgets;  // by user
};

BackendPlan PlanBackend(std::span<const BackendUser> users);

}  // namespace dso::decide
