#include "replica/service_time.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/duration.h"

namespace workload {
namespace {

using namespace std::chrono_literals;

struct Moments {
  double mean = 0;
  double variation = 0;
};

Moments Measure(Jitter jitter) {
  constexpr int kDraws = 100'000;
  ServiceTime service_time(1200ms, jitter, 7);
  double sum = 0;
  double squares = 0;
  for (int draw = 0; draw < kDraws; ++draw) {
    const double seconds = Seconds(service_time.Draw()).count();
    sum += seconds;
    squares += seconds * seconds;
  }
  const double mean = sum / kDraws;
  return {mean, std::sqrt(squares / kDraws - mean * mean) / mean};
}

TEST(ServiceTime, WithoutJitterIsTheMean) {
  ServiceTime service_time(1200ms, Jitter::kNone, 7);
  EXPECT_EQ(service_time.Draw(), 1200ms);
}

TEST(ServiceTime, HasTheMeanAndVariationOfItsDistribution) {
  const Moments lognormal = Measure(Jitter::kLognormal);
  EXPECT_NEAR(lognormal.mean, 1.2, 0.01);
  EXPECT_NEAR(lognormal.variation, 0.5, 0.02);
  const Moments exponential = Measure(Jitter::kExponential);
  EXPECT_NEAR(exponential.mean, 1.2, 0.02);
  EXPECT_NEAR(exponential.variation, 1.0, 0.02);
}

TEST(ServiceTime, IsTheSameForTheSameSeed) {
  ServiceTime first(1s, Jitter::kExponential, 42);
  ServiceTime second(1s, Jitter::kExponential, 42);
  for (int draw = 0; draw < 100; ++draw) EXPECT_EQ(first.Draw(), second.Draw());
}

}  // namespace
}  // namespace workload
