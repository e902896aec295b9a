// Metrics without a workload: counters that grow as if the schedule's requests had been served. For clusters whose pods
// do not run (a control plane alone, kwok) and for thousands of services at once.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <vector>

#include "load/playback.h"

namespace workload {

struct ExportedServices {
  std::string metric;  // without _total
  std::string name_space;
  std::string service;  // the name of the only one, or what the names of several start with: svc-0000, svc-0001, …
  std::uint32_t count = 1;
};

// How the demand of one service differs from the schedule.
struct Variation {
  double scale = 1;        // of the rate, from 0.5 to 1.5
  double phase_shift = 0;  // from 0 to 1, in passes of the schedule
};

// The first service follows the schedule itself. The others are spread over both ranges by a low-discrepancy sequence:
// any number of services covers them evenly, and a service keeps its variation when the number changes. A schedule that
// does not loop has no phase to shift.
Variation VariationOf(std::uint32_t service_index, bool loops);

// The counters METRIC_total{namespace, service, code="200"} at `now`. They are computed from the clock alone: a restart
// with the same start does not reset them.
std::vector<prometheus::MetricFamily> ExportSchedule(const Playback& playback, const ExportedServices& services,
                                                     Playback::TimePoint now);

}  // namespace workload
