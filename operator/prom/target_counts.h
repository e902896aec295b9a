// How much of a service is scraped. Pure, thread-safe.
#pragma once

#include <map>
#include <optional>

#include "prom/answer.h"
#include "prom/labels.h"
#include "prom/reading.h"

namespace dso::prom {

struct TargetCounts {
  int up = 0;
  int all = 0;  // >= up
};

// Of the answer to PresetQueries::target_counts.
std::map<ServiceKey, TargetCounts> CountTargets(const InstantAnswer& answer, const LabelNames& names);

// Whether pods that serve are not scraped, so that the reading is a part of the demand only: fewer targets are up than
// the service has or, if that is less, than replicas are ready.
//
// Of the ready replicas, because a pod that is not ready serves nothing: that it cannot be scraped takes nothing from
// the demand. Of the targets, because not all services are scraped at their pods: one with a single gateway as its
// target is whole with one target up. What is not known is not held against a reading: without a count of targets
// nothing tells it from a whole one, and without a count of ready replicas a target that is down may be a pod that
// crashes for ever, which must not cast doubt on every reading.
//
// It does not see a pod that Prometheus has not discovered, nor one down of pods that are scraped at two ports each.
bool IsPartlyScraped(const Reading& reading, std::optional<int> ready_replicas);

}  // namespace dso::prom
