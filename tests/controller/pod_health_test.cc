#include "controller/pod_health.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/controller/sample_pods.h"

namespace dso::controller {
namespace {

using std::chrono::minutes;
using test::SamplePod;

const WallTime kCreated = *ParseTime("2026-12-01T09:00:00Z");
const WallTime kScheduled = kCreated + seconds(60);

using Pods = std::vector<std::shared_ptr<const LivePod>>;
std::shared_ptr<const LivePod> Pod(const kube::Json& object) {
  return std::make_shared<const LivePod>(LivePod::FromJson(object).value());
}

TEST(PodHealth, CountsEachPodOnce) {
  const Pods pods{
      Pod(SamplePod(test::kReady)),
      Pod(SamplePod(test::kUnschedulable)),
      Pod(SamplePod(test::kContainerCreating)),
      Pod(SamplePod(test::kContainerCreating, test::kImagePullBackOff)),
      Pod(SamplePod(test::kContainerCreating, test::kRunning)),
      Pod(SamplePod(test::kContainerCreating, test::kCrashLoop)),
      Pod(SamplePod(test::kReady, test::kTerminating)),
      Pod(SamplePod(test::kContainerCreating, test::kTerminating)),
      Pod(SamplePod(test::kSucceeded)),
      Pod(SamplePod(test::kReady, test::kEvicted)),
  };
  const PodHealth health = HealthOf(pods, minutes(2), kCreated + minutes(4));
  EXPECT_EQ(health.ready, 1);
  EXPECT_EQ(health.unready, 5);
  EXPECT_EQ(health.terminating, 2);
  EXPECT_EQ(health.unschedulable, 1);
  EXPECT_EQ(health.stuck, 1) << "the crash loop";
  EXPECT_EQ(health.UnderWay(), 4);
}

TEST(PodHealth, OfNoPodsHoldsNothing) { EXPECT_EQ(HealthOf(Pods(), minutes(2), kCreated).UnderWay(), 0); }

TEST(PodHealth, APodThatIsUnreadyForTooLongIsNotWaitedFor) {
  struct Case {
    const char* name;
    kube::Json object;
    milliseconds p90;
    WallTime now;
    bool stuck;
  };
  const auto starting = SamplePod(test::kContainerCreating, test::kRunning);
  const WallTime lapsed = kCreated + minutes(380);
  for (const auto& [name, object, p90, now, stuck] : {
           Case{"half an hour", starting, minutes(2), kScheduled + minutes(30), false},
           {"more", starting, minutes(2), kScheduled + minutes(31), true},
           {"slow, within three start-ups", starting, minutes(20), kScheduled + minutes(60), false},
           {"slow, and more", starting, minutes(20), kScheduled + minutes(61), true},
           {"no node for half an hour", SamplePod(test::kUnschedulable), minutes(2), kCreated + minutes(31), true},
           {"just unready after hours", SamplePod(test::kReady, test::kLapsed), minutes(2), lapsed + minutes(30),
            false},
           {"unready again for long", SamplePod(test::kReady, test::kLapsed), minutes(2), lapsed + minutes(31), true},
           {"ready", SamplePod(test::kReady), minutes(2), kCreated + minutes(9'999), false},
       }) {
    const PodHealth health = HealthOf(Pods{Pod(object)}, p90, now);
    EXPECT_EQ(health.stuck, stuck ? 1 : 0) << name;
    EXPECT_EQ(health.UnderWay(), health.ready == 0 && !stuck ? 1 : 0) << name;
  }
}

TEST(PodHealth, ACrashLoopIsOneWhileItsContainerRunsAsWell) {
  kube::Json running = SamplePod(test::kContainerCreating, test::kRunning);
  kube::Json& restarts = running["status"]["containerStatuses"][0]["restartCount"];
  restarts = 2;
  EXPECT_EQ(HealthOf(Pods{Pod(running)}, minutes(2), kScheduled).stuck, 0);
  restarts = 3;
  EXPECT_EQ(HealthOf(Pods{Pod(running)}, minutes(2), kScheduled).stuck, 1);
}

}  // namespace
}  // namespace dso::controller
