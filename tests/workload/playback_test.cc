#include "load/playback.h"

#include <gtest/gtest.h>

namespace workload {
namespace {

using namespace std::chrono_literals;

constexpr Playback::TimePoint kNow{1h};
const Schedule kOnce({{Seconds(0), 1}, {Seconds(100), 1}}, Schedule::Repeat::kOnce);
const Schedule kLoop({{Seconds(0), 1}, {Seconds(100), 1}}, Schedule::Repeat::kLoop);

TEST(Playback, EndsWithTheSchedule) {
  const Playback playback(kOnce, kNow, kNow, std::nullopt);
  EXPECT_EQ(playback.end(), kNow + 100s);
  EXPECT_EQ(playback.PositionAt(kNow + 40s), Seconds(40));
  EXPECT_EQ(playback.PositionAt(kNow + 400s), Seconds(100));
}

TEST(Playback, EndsAfterItsDurationIfThatIsSooner) {
  EXPECT_EQ(Playback(kOnce, kNow, kNow, 30s).end(), kNow + 30s);
  EXPECT_EQ(Playback(kOnce, kNow, kNow, 300s).end(), kNow + 100s);
  EXPECT_EQ(Playback(kLoop, kNow, kNow, 300s).end(), kNow + 300s);
  EXPECT_EQ(Playback(kLoop, kNow, kNow, std::nullopt).end(), Playback::TimePoint::max());
}

TEST(Playback, JoinsMidwayAStartInThePast) {
  const Playback playback(kOnce, kNow - 60s, kNow, std::nullopt);
  EXPECT_EQ(playback.begin(), kNow);
  EXPECT_EQ(playback.PositionAt(kNow), Seconds(60));
  EXPECT_EQ(playback.end(), kNow + 40s);
}

TEST(Playback, WaitsForAStartInTheFuture) {
  const Playback playback(kOnce, kNow + 10s, kNow, 30s);
  EXPECT_EQ(playback.begin(), kNow + 10s);
  EXPECT_EQ(playback.PositionAt(kNow), Seconds(0));
  EXPECT_EQ(playback.end(), kNow + 40s);
}

}  // namespace
}  // namespace workload
