// What people are told about the connection pools of a service: conditions and status. Pure, thread-safe.
#pragma once

#include <vector>

#include "api/spec.h"
#include "api/status.h"
#include "controller/pool_record.h"
#include "controller/verdict.h"

namespace dso::controller {

// PoolsWithinBudget. Precondition for all: the spec declares pools.
Verdict PoolsVerdict(const api::ServiceSpec& spec, const PoolRecord& pools);

// BackendsHaveRoom. Precondition: a pool names an exporter.
Verdict BackendsVerdict(const api::ServiceSpec& spec, const PoolRecord& pools);

bool HasExporter(const api::ServiceSpec& spec);

// Empty while there is no plan.
std::vector<api::PoolStatus> PoolStatuses(const PoolRecord& pools);
std::optional<api::PoolPodsStatus> PoolPods(const PoolRecord& pools);

}  // namespace dso::controller
