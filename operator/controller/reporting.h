// What a person hears of: events and log lines about a service. Loop thread only.
#pragma once

#include <vector>

#include "controller/pass.h"

namespace dso::controller {

// The autoscaler's minimum has been written: a log line, and an Event where that is news (floor_event.h).
void ReportFloor(World& world, const Pass& pass, int before, int after);

// Conditions that have turned False since the last status.
void ReportConditions(World& world, const Pass& pass, const std::vector<api::Condition>& now);

}  // namespace dso::controller
