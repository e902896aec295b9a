// The closed loop of a trace, an HPA and its pods, with a floor or without: what is lost, and what does it cost?
//
// Runs in steps of the HPA's 15 s from the first sample to the last. Demand between samples is interpolated linearly;
// what ready pods cannot serve is lost, nothing queues. Pure and deterministic; thread-safe.
#pragma once

#include <span>
#include <vector>

#include "sim/backtest.h"
#include "sim/hpa.h"
#include "sim/trace.h"

namespace dso::sim {

// [from, to): what is judged.
struct Period {
  WallTime from;
  WallTime to;
};

struct Simulation {
  std::vector<Service> services;  // one a period
  std::vector<int> ready;         // pods at each sample, before the HPA acts on it
};

// The HPA of a policy: its target, rounded to a whole percent.
HpaOptions HpaOptionsFor(const BacktestOptions& options, double hpa_target);

// `floor` is the HPA's minReplicas from each change on, never below `min_replicas`; empty for the HPA alone. Begins
// with the pods that the first sample needs at the HPA's target. Precondition: min_replicas >= 1.
Simulation Simulate(const Trace& trace, const HpaOptions& hpa, int min_replicas, std::span<const FloorChange> floor,
                    std::span<const Period> periods);

}  // namespace dso::sim
