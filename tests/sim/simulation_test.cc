#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/sim/generated.h"

namespace dso::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::kMonday;

HpaOptions SampleHpa() { return {.capacity_per_replica = 10, .target_percent = 70, .startup = 5min}; }

Trace Flat(double value, milliseconds length) {
  return test::Generate(length, [value](WallTime) { return value; });
}

Service Judged(const Trace& trace, std::span<const FloorChange> floor, const HpaOptions& hpa = SampleHpa()) {
  const std::array periods{Period{kMonday, trace.samples.back().at + 1ms}};
  return Simulate(trace, hpa, 1, floor, periods).services.front();
}

TEST(Simulation, AnEvenDemandIsServed) {
  const Service service = Judged(Flat(70, 1h), {});
  EXPECT_EQ(service.lost, 0);
  EXPECT_EQ(service.lost_share, 0);
  EXPECT_EQ(service.busy, 0ms);
  EXPECT_EQ(service.changes, 0u);
  EXPECT_NEAR(service.mean_utilization, 0.7, 1e-9);
  // Ten replicas at 241 moments, each standing for 15 s.
  EXPECT_NEAR(service.replica_hours, 10 * 241 * 15 / 3600.0, 1e-9);
}

TEST(Simulation, LosesWhatIsBeyondTheReadyPods) {
  HpaOptions hpa = SampleHpa();
  hpa.max_replicas = 5;
  const Service service = Judged(Flat(80, 1h), {}, hpa);
  EXPECT_NEAR(service.lost, 30 * 241 * 15.0, 1e-6);
  EXPECT_NEAR(service.lost_share, 3.0 / 8, 1e-9);
  EXPECT_EQ(service.busy, 241 * 15s);
  EXPECT_EQ(service.worst_busy, 241 * 15s);
}

TEST(Simulation, NothingIsLostOfNothing) {
  const Service service = Judged(Flat(0, 1h), {});
  EXPECT_EQ(service.lost_share, 0);
  EXPECT_EQ(service.mean_utilization, 0);
}

TEST(Simulation, AFloorAtTheMinimumChangesNothing) {
  const Trace trace = test::DailyTrace(days(2));
  const std::array floor{FloorChange{kMonday, 1}, FloorChange{kMonday + 1h, 0}};
  const Service alone = Judged(trace, {});
  const Service with_floor = Judged(trace, floor);
  EXPECT_EQ(alone.lost, with_floor.lost);
  EXPECT_EQ(alone.replica_hours, with_floor.replica_hours);
  EXPECT_EQ(alone.changes, with_floor.changes);
}

TEST(Simulation, AFloorBeforeTheRiseSavesWhatTheHpaLoses) {
  const Trace trace = test::DailyTrace(days(1));
  const std::array floor{FloorChange{kMonday + 8h + 50min, 30}, FloorChange{kMonday + 10h, 1}};
  EXPECT_GT(Judged(trace, {}).lost, 0);
  EXPECT_EQ(Judged(trace, floor).lost, 0);
}

TEST(Simulation, AFloorCostsAndAFloorAtThePeakLosesNothing) {
  const Trace trace = test::DailyTrace(days(2));
  const Service alone = Judged(trace, {});
  for (const int replicas : {5, 10, 20, 25}) {
    const std::array floor{FloorChange{kMonday, replicas}};
    const Service service = Judged(trace, floor);
    EXPECT_GE(service.replica_hours, alone.replica_hours) << replicas;
    EXPECT_GE(service.lost_share, 0) << replicas;
    EXPECT_LE(service.lost_share, 1) << replicas;
    EXPECT_TRUE(replicas < 25 || service.lost == 0) << replicas;
  }
}

TEST(Simulation, PeriodsAddUp) {
  const Trace trace = test::DailyTrace(days(2));
  const WallTime end = trace.samples.back().at + 1ms;
  const std::array periods{Period{kMonday, end}, Period{kMonday, kMonday + 24h}, Period{kMonday + 24h, end}};
  const std::vector<Service> services = Simulate(trace, SampleHpa(), 1, {}, periods).services;
  EXPECT_NEAR(services[0].lost, services[1].lost + services[2].lost, 1e-6);
  EXPECT_NEAR(services[0].replica_hours, services[1].replica_hours + services[2].replica_hours, 1e-6);
  EXPECT_EQ(services[0].busy, services[1].busy + services[2].busy);
  EXPECT_EQ(services[0].changes, services[1].changes + services[2].changes);
}

TEST(Simulation, TellsTheReadyPodsAtEachSample) {
  const Trace trace = *MakeTrace("odd", {{kMonday, 70}, {kMonday + 1s, 70}, {kMonday + 20s, 70}, {kMonday + 21s, 70}});
  EXPECT_EQ(Simulate(trace, SampleHpa(), 1, {}, {}).ready, (std::vector<int>{10, 10, 10, 10}));
}

}  // namespace
}  // namespace dso::sim
