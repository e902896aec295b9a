// Uses up CPU time, so that a replica's CPU usage is proportional to its load as the HPA sees it.
#pragma once

#include <chrono>

namespace workload {

// Spins until this thread has *used* `amount` of CPU. Counts CPU and not elapsed time: on a crowded node the spin takes
// longer, but what is used for each request stays the same.
void BurnCpu(std::chrono::nanoseconds amount);

}  // namespace workload
