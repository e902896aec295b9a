// Generated mornings: a demand of minutes that rises steeply each day, never twice in quite the same way.
#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "forecast/series.h"
#include "tests/sim/generated.h"

namespace dso::sim::test {

// One kind of service. Times of day are those of a usual day.
struct MorningShape {
  std::string name;
  double night = 40;
  double day = 400;
  minutes begin = hours(8);     // of the rise
  minutes rise = minutes(120);  // from night to day
  double weekend = 1;           // of `day`
  double noise = 0.05;          // from minute to minute
  double wander = 0.06;         // of the height of a day, from day to day
  minutes drift = minutes(4);   // of the begin of a rise, from day to day
};

// A sample a minute from kMonday on.
inline std::vector<forecast::Sample> Mornings(const MorningShape& shape, int number_of_days, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<forecast::Sample> samples;
  double slow = 0;  // noise that lasts for a quarter of an hour
  for (int day = 0; day < number_of_days; ++day) {
    const double height = shape.day * (day % 7 >= 5 ? shape.weekend : 1) * std::exp(shape.wander * normal(random));
    const double begin = shape.begin.count() + static_cast<double>(shape.drift.count()) * normal(random);
    for (int minute = 0; minute < 24 * 60; ++minute) {
      const double risen = (minute - begin) / static_cast<double>(shape.rise.count());
      const double fallen = (minute - 18.0 * 60) / (4.0 * 60);
      const double up = std::clamp(std::min(risen, 1 - fallen), 0.0, 1.0);
      slow += -slow / 15 + shape.noise * std::sqrt(1.0 / 15) * normal(random);
      const double noise = std::exp(slow + shape.noise * normal(random));
      samples.push_back({kMonday + days(day) + minutes(minute), (shape.night + up * (height - shape.night)) * noise});
    }
  }
  return samples;
}

}  // namespace dso::sim::test
