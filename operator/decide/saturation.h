// What was asked of a service, from what it served and what it turned away: of a busy service the served is a lower
// bound of the asked.
//
//   served    = demand − rejected
//   saturated = served ≥ 0.85 · ready · full capacity, or rejections without a ready replica,
//               or more than a twentieth of the demand in a queue
//   value     = while saturated: the requests that the attempts come from (below); otherwise: served
//
// Who is rejected tries again, twice more by the default of common API clients. Let N requests be asked, each attempt
// be rejected with the share p, and a client give up after its third attempt. A request is attempted once, a second
// time with p and a third with p², so the T attempts that are counted come from
//
//   N = T / (1 + p + p²)          N ≥ served = (1 − p) T, since (1 − p)(1 + p + p²) = 1 − p³ ≤ 1
//
// Only p³ N is lost, so that few rejections add nearly nothing, and `value` jumps little where a service turns
// saturated. Clients that try more often than that make N too large, those that never try again too small; between
// served and T it stays.
//
// A service that rejects although its replicas have room has a rate limit, a backend that fails or connections that
// are used up. More replicas would not help; what it rejects is no demand.
//
// A queue is no such bound: who waits is in flight, and so in the demand.
//
// How wrong figures show: with a capacity that is set a fifth too high or more no rejection counts, for a replica that
// is full seems to have room; a queue still counts. With one far too low each rejection counts, discounted; and a
// service that serves a quarter more than its replicas are said to carry is not held for full on account of that
// figure. Pure, thread-safe.
#pragma once

#include <optional>

#include "decide/seen_demand.h"

namespace dso::decide {

struct AskedDemand {
  double value = 0;  // within [served, demand]
  double served = 0;
  double rejected_counted = 0;  // value − served
  bool saturated = false;
  // The true demand may be higher than `value`: nothing to learn as the truth. While saturated, with more than 1 % of
  // the attempts rejected (up to there `value` is right to 1 % whatever clients do), or with as much served as the
  // replicas carry and no queue that would show the rest.
  bool censored = false;
};

// `ready`: the fewest replicas that were ready within the window that the demand is averaged over, since what became
// ready within it has served a part of it only. `full`: what one carries at all, in the unit of demand.
//
// Where `ready` is not known or `full` is no capacity, nothing tells a full service from one with a rate limit, which
// would drive the floor to its maximum and gain nothing by it: then rejections are not counted. What is served still
// is, and the HPA still works.
AskedDemand JudgeSaturation(const SeenDemand& seen, std::optional<int> ready, double full);

}  // namespace dso::decide
