#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "decide/floor.h"
#include "decide/predicted_need.h"
#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

using test::Known;
using test::Ready;
using test::TooShort;
using test::Watched;
using namespace std::chrono_literals;

TEST(NeedKept, IsATenthOfAReplicaMore) {
  struct Case {
    double demand;
    int replicas;
    int kept;
  };
  for (const Case& c : {Case{0, 0, 0}, Case{0.001, 1, 1}, Case{50, 5, 6}, Case{49.1, 5, 6}, Case{49, 5, 5},
                        Case{48.9, 5, 5}, Case{50.1, 6, 6}}) {
    const Need need{c.demand, 10};
    EXPECT_EQ(need.Replicas(), c.replicas) << c.demand;
    EXPECT_EQ(need.ReplicasKept(), c.kept) << c.demand;
  }
}

TEST(FloorHysteresis, ANeedThatWandersRoundAWholeNumberMovesNothing) {
  std::minstd_rand random(3);
  Watched service;
  EXPECT_EQ(service.FloorAfter(0s, Known(80.4), TooShort()), 9);
  for (int i = 0; i < 2000; ++i) {
    const double wander = static_cast<double>(random() % 1000) / 1000;  // of a replica's ten requests/s: a tenth
    ASSERT_EQ(service.FloorAfter(15s, Known(79.45 + wander), TooShort()), 9) << i;
  }
}

TEST(FloorHysteresis, AForecastThatWandersRoundAWholeNumberMovesNothing) {
  Watched service;
  EXPECT_EQ(service.FloorAfter(0s, Known(0), Ready(80.4)), 9);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(service.FloorAfter(5min, Known(0), Ready(i % 2 ? 80.4 : 79.5)), 9) << i;
}

TEST(FloorHysteresis, IsReportedForWhatItIs) {
  Watched service;
  service.Look(0s, Known(80.4), TooShort());
  const Decision decision = service.Look(1h, Known(79.5), TooShort());
  EXPECT_EQ(decision.floor, 9);
  EXPECT_EQ(decision.wanted, 8);
  EXPECT_EQ(decision.reason, FloorReason::kStabilizing);
}

TEST(FloorHysteresis, ANeedThatIsLowerForGoodReleases) {
  Watched service;
  service.Look(0s, Known(80.4), TooShort());
  service.Look(1h, Known(79.5), TooShort());
  EXPECT_EQ(service.FloorAfter(1s, Known(78.9), TooShort()), 9);
  EXPECT_EQ(service.FloorAfter(298s, Known(78.9), TooShort()), 9)
      << "the hair counts as a need until the window has passed";
  EXPECT_EQ(service.FloorAfter(1s, Known(78.9), TooShort()), 8);
}

TEST(FloorHysteresis, KeepsOneReplicaAndNoMore) {
  Watched service;
  service.Look(0s, Known(150), TooShort());
  EXPECT_EQ(service.FloorAfter(5min, Known(79.5), TooShort()), 9) << "8 are needed, a ninth by a hair";
}

TEST(FloorHysteresis, RaisesNothing) {
  Watched service;
  service.Look(0s, Known(70), TooShort());
  EXPECT_EQ(service.FloorAfter(15s, Known(79.5), TooShort()), 8);
  EXPECT_EQ(service.FloorAfter(1h, Known(80), TooShort()), 8);
}

TEST(FloorHysteresis, KeepsNoReplicaForNoDemand) {
  Watched service;
  service.spec.replicas.min = 1;
  service.Look(0s, Known(20), TooShort());
  EXPECT_EQ(service.FloorAfter(5min, Known(0), TooShort()), 1);
}

}  // namespace
}  // namespace dso::decide
