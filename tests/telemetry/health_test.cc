#include "telemetry/health.h"

#include <gtest/gtest.h>

namespace dso::telemetry {
namespace {

using namespace std::chrono_literals;

HealthReport LivenessAt(std::chrono::nanoseconds age) {
  return Health([age] { return age; }, {}).Liveness();
}

TEST(HealthTest, IsAliveWhileTheLoopTurns) {
  for (const auto age : {0ms, 500ms, 30000ms}) {
    const HealthReport report = LivenessAt(age);
    EXPECT_TRUE(report.ok) << age.count();
    EXPECT_EQ(report.text, "[+]loop ok\nhealthz check passed\n");
  }
}

TEST(HealthTest, IsDeadOnceTheLoopIsStuck) {
  const HealthReport report = LivenessAt(45s);
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.text,
            "[-]loop failed: the event loop has not turned for 45s, the limit is 30s\nhealthz check failed\n");
}

class ReadinessTest : public testing::Test {
 protected:
  Health health_{[] { return 0ns; }, {"caches", "prometheus"}};
};

TEST_F(ReadinessTest, IsNotReadyBeforeEachCheckHasReported) {
  health_.SetReady("caches", true);
  const HealthReport report = health_.Readiness();
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.text, "[+]caches ok\n[-]prometheus failed: it has not reported yet\nreadyz check failed\n");
}

TEST_F(ReadinessTest, IsReadyOnceAllChecksPass) {
  health_.SetReady("caches", true);
  health_.SetReady("prometheus", true);
  const HealthReport report = health_.Readiness();
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.text, "[+]caches ok\n[+]prometheus ok\nreadyz check passed\n");
}

TEST_F(ReadinessTest, SaysWhyItIsNoLongerReady) {
  health_.SetReady("caches", true);
  health_.SetReady("prometheus", true);
  health_.SetReady("caches", false, "pods are being listed anew");
  const HealthReport report = health_.Readiness();
  EXPECT_FALSE(report.ok);
  EXPECT_EQ(report.text, "[-]caches failed: pods are being listed anew\n[+]prometheus ok\nreadyz check failed\n");
}

TEST_F(ReadinessTest, ALateCheckCountsToo) {
  health_.SetReady("caches", true);
  health_.SetReady("prometheus", true);
  health_.SetReady("leader", false, "shutting down");
  EXPECT_FALSE(health_.Readiness().ok);
}

TEST_F(ReadinessTest, DoesNotDependOnTheLoop) {
  Health stuck([] { return 1h; }, {"caches"});
  stuck.SetReady("caches", true);
  EXPECT_TRUE(stuck.Readiness().ok);
}

}  // namespace
}  // namespace dso::telemetry
