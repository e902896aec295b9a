#include "controller/floor_event.h"

#include <gtest/gtest.h>

namespace dso::controller {
namespace {

using std::chrono::minutes;

constexpr SteadyTime kThen{std::chrono::hours(1)};

TEST(FloorEvent, TheFirstStepMakesOne) { EXPECT_TRUE(IsWorthAnEvent(std::nullopt, 2, 3, kThen)); }

TEST(FloorEvent, AStepMakesOneWhereItIsNews) {
  struct Case {
    const char* name;
    FloorEvent last;
    int before;
    int after;
    milliseconds later;
    bool makes_one;
  };
  for (const auto& [name, last, before, after, later, makes_one] : {
           Case{"one replica more", {true, 20, kThen}, 20, 21, minutes(1), false},
           {"almost a quarter in several steps", {true, 20, kThen}, 23, 24, minutes(5), false},
           {"a quarter in several steps", {true, 20, kThen}, 24, 25, minutes(5), true},
           {"the other way", {true, 20, kThen}, 21, 20, minutes(1), true},
           {"down as before", {false, 20, kThen}, 20, 19, minutes(1), false},
           {"a quarter down", {false, 20, kThen}, 16, 15, minutes(1), true},
           {"almost ten minutes later", {true, 20, kThen}, 20, 21, minutes(10) - milliseconds(1), false},
           {"ten minutes later", {true, 20, kThen}, 20, 21, minutes(10), true},
           {"few replicas", {true, 1, kThen}, 1, 2, minutes(1), true},
           {"very many replicas", {true, 2'000'000'000, kThen}, 2'000'000'000, 2'000'000'001, minutes(1), false},
       }) {
    EXPECT_EQ(IsWorthAnEvent(last, before, after, kThen + later), makes_one) << name;
  }
}

}  // namespace
}  // namespace dso::controller
