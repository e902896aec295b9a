#include "replica/cpu_burner.h"

#include <ctime>

namespace workload {
namespace {

std::chrono::nanoseconds ThreadCpuTime() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace

void BurnCpu(std::chrono::nanoseconds amount) {
  const auto end = ThreadCpuTime() + amount;
  while (ThreadCpuTime() < end) {
  }
}

}  // namespace workload
