// How long a replica works on a request.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <string>

namespace workload {

enum class Jitter {
  kNone,         // always the mean
  kLognormal,    // answers of varying length: coefficient of variation 0.5
  kExponential,  // the M/M/c queue of the textbooks: coefficient of variation 1
};

// As the flag spells them.
const std::map<std::string, Jitter>& JitterNames();

// Draws service times with the given mean, the same sequence for the same seed. Not thread-safe.
class ServiceTime {
 public:
  ServiceTime(std::chrono::nanoseconds mean, Jitter jitter, std::uint64_t seed);

  // At most kLongestInMeans times the mean, so that one draw cannot outlive every drain timeout.
  std::chrono::nanoseconds Draw();

  static constexpr double kLongestInMeans = 10;

 private:
  std::chrono::nanoseconds mean_;
  Jitter jitter_;
  std::mt19937_64 random_;
};

}  // namespace workload
