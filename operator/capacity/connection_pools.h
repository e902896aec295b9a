// How many connections every replica may open, so that all pods at worst stay within what a backend accepts. Pure and
// thread-safe.
//
//   useful   = ceil(lambda x holdTime)              Little's law: what a replica at its limit keeps busy
//   fits     = floor(grant / pods at worst)         rollout.h
//   replica  = clamp(useful, min, min(max, fits)), and of that a whole number for each process
//
// Example: 26.7 requests/s that hold a connection for 320 ms each keep 9 busy (8.5, rounded up). A backend that
// accepts 500, 20 of them reserved, grants 480; 50 replicas with a surge of 13 and 25 pods on their way out are 88 pods
// at worst; 5 fit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"

namespace dso::capacity {

// Connections of one replica, all of its processes together.
struct PoolLimits {
  int min = 1;  // >= processes
  int max = 1;
  int processes = 1;  // of one replica; each has a pool of its own
};

// What a replica has work for, within min and max: a multiple of `processes`, unless max is none. Without
// `requests_per_second` (of a replica at its limit), max: nothing is known that would make it less.
int UsefulConnections(const PoolLimits& limits, std::optional<double> requests_per_second, milliseconds hold_time);

// The fewest that a replica can do with: min, rounded up to a multiple of `processes`; down if that is above max.
int LeastConnections(const PoolLimits& limits);

// The most per replica that `pods` times fit into `grant`, at most `useful`; a multiple of `processes`. 0 if not even
// LeastConnections fit.
int FittingConnections(const PoolLimits& limits, int useful, int64_t grant, int64_t pods);

// What one pool asks of a backend that it shares with others.
struct Claim {
  int max_connections = 0;
  int reserved = 0;
  std::optional<int> share_percent;
  int64_t least = 0;   // connections of all pods at worst: at LeastConnections each
  int64_t useful = 0;  // at UsefulConnections each; >= least

  friend bool operator==(const Claim&, const Claim&) = default;
};

struct Sharing {
  int64_t limit = 0;             // of all pools together: the smallest maxConnections less the largest reserved
  int64_t shares_percent = 0;    // declared in all; above 100 they are cut in proportion
  std::vector<int64_t> granted;  // by claim; their sum is at most `limit`
};

// Who has declared a share has that much of the limit, whether or not it is needed. The rest is for the others: what is
// least to each first, then the useful in proportion to what is missing to it, and what nobody has use for in
// proportion to the useful; if not even the least fits, in proportion to the least.
Sharing ShareBackend(std::span<const Claim> claims);

}  // namespace dso::capacity
