#include "capacity/connection_pools.h"

#include <algorithm>
#include <cmath>

#include "capacity/formula.h"

namespace dso::capacity {
namespace {

__extension__ typedef __int128 Wide;

// `part` of `whole`, of `amount`, rounded down.
int64_t Proportion(int64_t amount, int64_t part, int64_t whole) {
  if (whole <= 0) return 0;
  return static_cast<int64_t>(static_cast<Wide>(amount) * part / whole);
}

int64_t LimitOf(std::span<const Claim> claims) {
  int64_t accepted = claims.front().max_connections;
  int64_t reserved = 0;
  for (const Claim& claim : claims) {
    accepted = std::min<int64_t>(accepted, claim.max_connections);
    reserved = std::max<int64_t>(reserved, claim.reserved);
  }
  return std::max<int64_t>(accepted - reserved, 0);
}

}  // namespace

int LeastConnections(const PoolLimits& limits) {
  const int rounded_up = (limits.min + limits.processes - 1) / limits.processes * limits.processes;
  return rounded_up <= limits.max ? rounded_up : limits.min / limits.processes * limits.processes;
}

int UsefulConnections(const PoolLimits& limits, std::optional<double> requests_per_second, milliseconds hold_time) {
  const int least = LeastConnections(limits);
  const int most = std::max(least, limits.max / limits.processes * limits.processes);
  if (!requests_per_second) return most;
  const double held = *requests_per_second * std::chrono::duration<double>(hold_time).count();
  if (!(held < most)) return most;
  const int busy = static_cast<int>(std::ceil(held * (1 - kQuotientTolerance)));
  return std::clamp((busy + limits.processes - 1) / limits.processes * limits.processes, least, most);
}

int FittingConnections(const PoolLimits& limits, int useful, int64_t grant, int64_t pods) {
  if (pods <= 0) return useful;
  const int64_t fits = std::min<int64_t>(grant / pods, useful) / limits.processes * limits.processes;
  return fits < LeastConnections(limits) ? 0 : static_cast<int>(fits);
}

Sharing ShareBackend(std::span<const Claim> claims) {
  Sharing sharing;
  sharing.granted.resize(claims.size());
  if (claims.empty()) return sharing;
  sharing.limit = LimitOf(claims);
  int64_t least = 0;
  int64_t missing = 0;
  for (const Claim& claim : claims) {
    if (claim.share_percent) {
      sharing.shares_percent += *claim.share_percent;
    } else {
      least += claim.least;
      missing += claim.useful - claim.least;
    }
  }
  int64_t rest = sharing.limit;
  for (size_t i = 0; i < claims.size(); ++i) {
    if (!claims[i].share_percent) continue;
    sharing.granted[i] =
        Proportion(sharing.limit, *claims[i].share_percent, std::max<int64_t>(sharing.shares_percent, 100));
    rest -= sharing.granted[i];
  }
  const int64_t beyond_least = std::min(std::max<int64_t>(rest - least, 0), missing);
  const int64_t left_over = std::max<int64_t>(rest - least - missing, 0);
  for (size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    if (claim.share_percent) continue;
    sharing.granted[i] = rest < least ? Proportion(rest, claim.least, least)
                                      : claim.least + Proportion(beyond_least, claim.useful - claim.least, missing) +
                                            Proportion(left_over, claim.useful, least + missing);
  }
  return sharing;
}

}  // namespace dso::capacity
