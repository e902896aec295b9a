// Random numbers that are the same with every standard library: only the engine comes from it, whose output is defined.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace dso::forecast {

class Noise {
 public:
  explicit Noise(uint64_t seed) : engine_(seed) {}

  // In (0, 1).
  double Uniform() { return (static_cast<double>(engine_() >> 11) + 0.5) * 0x1p-53; }
  // N(0, 1), by Box and Muller.
  double Normal() {
    const double radius = std::sqrt(-2 * std::log(Uniform()));
    return radius * std::cos(2 * std::numbers::pi * Uniform());
  }
  // With a mean of 1.
  double Exponential() { return -std::log(Uniform()); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace dso::forecast
