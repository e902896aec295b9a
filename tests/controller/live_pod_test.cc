#include "controller/live_pod.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "tests/controller/sample_pods.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::SamplePod;

const WallTime kCreated = *ParseTime("2026-12-01T09:00:00Z");
std::optional<WallTime> After(double seconds_) {
  return kCreated + milliseconds(static_cast<int64_t>(seconds_ * 1000));
}
constexpr std::nullopt_t kNever = std::nullopt;

struct PhaseCase {
  const char* name;
  Json object;
  std::optional<WallTime> scheduled, started, ready, since, deleted;
  PodWaits waits = PodWaits::kNothing;
  int restarts = 0;
  bool unusable = false;
  bool finished = false;
};

TEST(LivePod, HasWhatItsStateSays) {
  const PhaseCase cases[] = {
      {"no status", SamplePod(R"({"status": null})"), kNever, kNever, kNever, kCreated, kNever},
      {"just made", SamplePod(), kNever, kNever, kNever, kCreated, kNever},
      {"unschedulable", SamplePod(test::kUnschedulable), kNever, kNever, kNever, kCreated, kNever, PodWaits::kNode},
      {"creating", SamplePod(test::kContainerCreating), After(60), kNever, kNever, After(60), kNever,
       PodWaits::kContainers},
      {"image refused", SamplePod(test::kContainerCreating, test::kImagePullBackOff), After(60), kNever, kNever,
       After(60), kNever, PodWaits::kImage, 0, true},
      {"init container crashes", SamplePod(test::kContainerCreating, test::kInitCrashLoop), After(60), kNever, kNever,
       After(60), kNever, PodWaits::kBackOff, 4, true},
      {"runs", SamplePod(test::kContainerCreating, test::kRunning), After(60), After(180), kNever, After(60), kNever},
      {"ready", SamplePod(test::kContainerCreating, test::kReady), After(60), After(180), After(221.25), After(221.25),
       kNever},
      {"lapsed", SamplePod(test::kReady, test::kLapsed), After(60), After(180), kNever, After(22'800), kNever,
       PodWaits::kNothing, 0, true},
      {"crashes", SamplePod(test::kContainerCreating, test::kCrashLoop), After(60), kNever, kNever, After(60), kNever,
       PodWaits::kBackOff, 7, true},
      {"terminating", SamplePod(test::kReady, test::kTerminating), After(60), After(180), After(221.25), After(221.25),
       After(3600)},
      {"succeeded", SamplePod(test::kSucceeded), After(60), kNever, kNever, After(1800), kNever, PodWaits::kNothing, 0,
       true, true},
      {"evicted", SamplePod(test::kReady, test::kEvicted), kNever, kNever, kNever, kCreated, kNever, PodWaits::kNothing,
       0, true, true},
  };
  for (const PhaseCase& expected : cases) {
    SCOPED_TRACE(expected.name);
    const auto pod = LivePod::FromJson(expected.object);
    ASSERT_TRUE(pod.has_value());
    EXPECT_EQ(pod->service, "chat");
    EXPECT_EQ(pod->start.created, kCreated);
    EXPECT_EQ(pod->start.scheduled, expected.scheduled);
    EXPECT_EQ(pod->start.started, expected.started);
    EXPECT_EQ(pod->start.ready, expected.ready);
    EXPECT_EQ(pod->since, expected.since);
    EXPECT_EQ(pod->deleted, expected.deleted);
    EXPECT_EQ(pod->waits, expected.waits);
    EXPECT_EQ(pod->restarts, expected.restarts);
    EXPECT_EQ(pod->start.unusable, expected.unusable);
    EXPECT_EQ(pod->finished, expected.finished);
    EXPECT_TRUE(pod->start.probed);
  }
}

TEST(LivePod, IsToldFromAnotherByTheHashesOfItsUidAndVersion) {
  const auto pod = LivePod::FromJson(SamplePod());
  EXPECT_EQ(pod->uid, Fnv1a("7c1f3a52-2f6e-4a1c-9d55-0a3f6f1f7b11"));
  EXPECT_EQ(pod->resource_version, Fnv1a("1811"));
}

TEST(LivePod, IsRefusedWithoutWhatEveryPodHas) {
  for (const char* patch : {R"({"metadata": {"name": null}})", R"({"metadata": {"uid": null}})",
                            R"({"metadata": {"creationTimestamp": null}})", R"({"metadata": null})"}) {
    EXPECT_FALSE(LivePod::FromJson(SamplePod(patch)).has_value()) << patch;
  }
}

TEST(LivePod, BelongsToNoServiceWithoutTheLabel) {
  EXPECT_EQ(LivePod::FromJson(SamplePod(R"({"metadata": {"labels": null}})"))->service, "");
}

TEST(LivePod, IsProbedIfSomethingSaysWhenItIsReady) {
  const auto probed = [](const char* spec) {
    Json pod = SamplePod();
    pod["spec"] = Json::parse(spec);
    return LivePod::FromJson(pod)->start.probed;
  };
  EXPECT_FALSE(probed(R"({"containers": [{"name": "a", "livenessProbe": {}}]})"));
  EXPECT_TRUE(probed(R"({"containers": [{"name": "a"}, {"name": "b", "readinessProbe": {}}]})"));
  EXPECT_TRUE(probed(R"({"containers": [{"name": "a", "startupProbe": {}}]})"));
  EXPECT_TRUE(probed(R"({"containers": [], "readinessGates": [{"conditionType": "example.com/in-load-balancer"}]})"));
  EXPECT_TRUE(probed(R"({"containers": [{"name": "a"}],
                         "initContainers": [{"name": "mesh", "restartPolicy": "Always", "readinessProbe": {}}]})"));
  EXPECT_FALSE(probed("{}"));
}

TEST(LivePod, ReadsNothingFromWhatHasAnotherShape) {
  const auto pod = LivePod::FromJson(SamplePod(R"({"spec": 3, "status": {"phase": 1, "conditions": {"type": "Ready"},
      "containerStatuses": [null, 7, {"restartCount": "many", "state": {"running": {"startedAt": "yesterday"}}}]}})"));
  ASSERT_TRUE(pod.has_value());
  EXPECT_FALSE(pod->Ready());
  EXPECT_FALSE(pod->start.unusable);
}

TEST(LivePod, WaitsForTheWorstOfItsContainers) {
  EXPECT_EQ(ToString(PodWaits::kImage), "its image");
  const auto waits = [](const char* statuses) {
    return LivePod::FromJson(SamplePod((R"({"status": {"containerStatuses": )" + std::string(statuses) + "}}").c_str()))
        ->waits;
  };
  EXPECT_EQ(waits(R"([{"state": {"waiting": {"reason": "ErrImagePull"}}},
                      {"state": {"waiting": {"reason": "ContainerCreating"}}}])"),
            PodWaits::kImage);
  EXPECT_EQ(waits(R"([{"state": {"waiting": {"reason": "CreateContainerConfigError"}}}])"), PodWaits::kConfiguration);
  EXPECT_EQ(waits(R"([{"state": {"waiting": {"reason": "SomethingOfNextYear"}}}])"), PodWaits::kNothing);
}

TEST(LivePod, ReadsTheDeletionCostAsKubernetesDoes) {
  const auto cost = [](const Json& text) {
    Json pod = SamplePod();
    pod["metadata"]["annotations"][kDeletionCostAnnotation] = text;
    return LivePod::FromJson(pod)->deletion_cost;
  };
  EXPECT_EQ(cost("16"), 16);
  EXPECT_EQ(cost("-2147483648"), -2147483648);
  for (const char* no_number : {"", "many", "1.5", "4 ", "2147483648"}) EXPECT_EQ(cost(no_number), 0) << no_number;
  EXPECT_EQ(cost(16), 0) << "the value of an annotation is text";
  EXPECT_EQ(LivePod::FromJson(SamplePod())->deletion_cost, 0);
}

TEST(LivePod, CountsRestartsUpTo255) {
  Json object = SamplePod(test::kCrashLoop);
  object["status"]["containerStatuses"][0]["restartCount"] = 4'000;
  EXPECT_EQ(LivePod::FromJson(object)->restarts, 255);
}

// What a listener of the store hears of one pod, from its creation to its end.
TEST(Learn, FollowsAPodFromItsCreationToItsEnd) {
  decide::StartUpTimes times;
  std::optional<LivePod> before;
  const auto hear = [&](const std::optional<LivePod>& after, WallTime now) {
    Learn(times, before ? &*before : nullptr, after ? &*after : nullptr, now);
    before = after;
    return times.Estimate(now);
  };
  hear(LivePod::FromJson(SamplePod()), kCreated);
  EXPECT_EQ(hear(LivePod::FromJson(SamplePod(test::kUnschedulable)), kCreated + seconds(1)).censored, 1);
  hear(LivePod::FromJson(SamplePod(test::kContainerCreating)), kCreated + seconds(60));
  hear(LivePod::FromJson(SamplePod(test::kContainerCreating, test::kRunning)), kCreated + seconds(180));
  const auto ready =
      hear(LivePod::FromJson(SamplePod(test::kContainerCreating, test::kReady)), kCreated + seconds(222));
  EXPECT_EQ(ready.batches, 1);
  EXPECT_EQ(ready.censored, 0);
  EXPECT_EQ(ready.scheduling_p50, seconds(60));
  EXPECT_EQ(ready.pulling_p50, seconds(120));
  EXPECT_EQ(ready.readying_p50, milliseconds(41'250));
  hear(LivePod::FromJson(SamplePod(test::kReady, test::kLapsed)), kCreated + std::chrono::hours(7));
  hear(LivePod::FromJson(SamplePod(test::kReady, test::kLapsed, test::kTerminating)), kCreated + std::chrono::hours(8));
  EXPECT_EQ(hear(std::nullopt, kCreated + std::chrono::hours(9)).batches, 1);
  EXPECT_EQ(times.Size(), 1) << "the pod is forgotten, its batch is not";
}

TEST(Learn, APodThatIsDeletedWhileItStartsHadItsAgeWhenItWasAskedToGo) {
  decide::StartUpTimes times;
  const auto starting = LivePod::FromJson(SamplePod(test::kContainerCreating));
  const auto going = LivePod::FromJson(SamplePod(test::kContainerCreating, test::kTerminating));
  Learn(times, nullptr, &*starting, kCreated);
  Learn(times, &*starting, &*going, kCreated + std::chrono::hours(2));
  Learn(times, &*going, nullptr, kCreated + std::chrono::hours(3));
  EXPECT_EQ(times.Estimate(kCreated + std::chrono::hours(9)).p90, std::chrono::minutes(30));
  EXPECT_EQ(times.Estimate(kCreated + std::chrono::hours(9)).censored, 1);
}

}  // namespace
}  // namespace dso::controller
