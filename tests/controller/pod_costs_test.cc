#include "controller/pod_costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "tests/controller/live_pods.h"
#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

LivePod Ready(const std::string& name, int32_t cost = 0) {
  LivePod pod = test::ReadyPod(name, test::kMorning, seconds(30));
  pod.deletion_cost = cost;
  return pod;
}
LivePod Terminating(const std::string& name) {
  LivePod pod = Ready(name);
  pod.deleted = test::kMorning;
  return pod;
}
LivePod Finished(const std::string& name) {
  LivePod pod = test::StartingPod(name, test::kMorning);
  pod.finished = true;
  return pod;
}
LivePod Starting(const std::string& name) { return test::StartingPod(name, test::kMorning); }

PodsByName Pods(const std::vector<std::pair<std::string, LivePod>>& pods) {
  PodsByName out;
  for (const auto& [name, pod] : pods) out[name] = std::make_shared<const LivePod>(pod);
  return out;
}
CostPatch Patch(const std::string& pod, int32_t cost) { return {pod, Fnv1a(pod), cost}; }

TEST(DeletionCostOf, IsCoarse) {
  const std::pair<double, int32_t> cases[] = {{0, 0},
                                              {0.2, 1},
                                              {1, 1},
                                              {1.9, 1},
                                              {2, 2},
                                              {3.99, 2},
                                              {4, 4},
                                              {7, 4},
                                              {8, 8},
                                              {100, 64},
                                              {255.5, 128},
                                              {256, 256},
                                              {5e8, 268'435'456},
                                              {1e12, 1'073'741'824},
                                              {1e300, 1'073'741'824}};
  for (const auto& [in_flight, cost] : cases) EXPECT_EQ(DeletionCostOf(in_flight), cost) << in_flight;
}

TEST(PlanCosts, WritesWhatIsOffTheFurthestFirst) {
  const CostPlan plan = PlanCosts(Pods({{"a", Ready("a")}, {"b", Ready("b", 64)}, {"c", Ready("c", 4)}}),
                                  {{"a", 5}, {"b", 0}, {"c", 4.5}});
  EXPECT_THAT(plan.patches, ElementsAre(Patch("b", 0), Patch("a", 4)));
  EXPECT_TRUE(plan.any_known);
}

TEST(PlanCosts, AnIdlePodWithoutAnnotationIsRightAlready) {
  EXPECT_THAT(PlanCosts(Pods({{"a", Ready("a")}}), {{"a", 0}}).patches, IsEmpty());
}

TEST(PlanCosts, ReplacesACostOfSomebodyElse) {
  EXPECT_THAT(PlanCosts(Pods({{"a", Ready("a", -100)}}), {{"a", 0}}).patches, ElementsAre(Patch("a", 0)));
}

TEST(PlanCosts, TouchesOnlyReadyPodsOfTheService) {
  const PodsByName pods = Pods({{"ready", Ready("ready")},
                                {"starting", Starting("starting")},
                                {"terminating", Terminating("terminating")},
                                {"finished", Finished("finished")}});
  const CostPlan plan = PlanCosts(
      pods, {{"ready", 8}, {"starting", 8}, {"terminating", 8}, {"finished", 8}, {"etcd-0", 8}, {"kube-proxy", 0}});
  EXPECT_THAT(plan.patches, ElementsAre(Patch("ready", 8)));
}

TEST(PlanCosts, LeavesAPodWithoutAFigure) {
  const CostPlan plan = PlanCosts(Pods({{"a", Ready("a", 8)}, {"b", Ready("b", 8)}}), {{"b", 0}});
  EXPECT_THAT(plan.patches, ElementsAre(Patch("b", 0)));
}

TEST(PlanCosts, KnowsWhenNoSeriesIsOfAPodThatCouldGo) {
  EXPECT_FALSE(PlanCosts(Pods({{"a", Ready("a")}}), {{"10.0.0.7:8000", 3}}).any_known);
  EXPECT_FALSE(PlanCosts(Pods({{"a", Starting("a")}}), {{"a", 3}}).any_known);
}

TEST(PlanCosts, WritesAtMostTwentyAndTheOthersLater) {
  std::vector<std::pair<std::string, LivePod>> pods;
  prom::PodValues in_flight;
  for (int i = 10; i < 60; ++i) {
    const std::string name = "p" + std::to_string(i);
    pods.emplace_back(name, Ready(name));
    in_flight[name] = i;
  }
  CostPlan plan = PlanCosts(Pods(pods), in_flight);
  EXPECT_THAT(plan.patches, SizeIs(20));
  EXPECT_EQ(plan.patches.front(), Patch("p32", 32)) << "of the busiest, by name";
  int rounds = 0;
  for (; !plan.patches.empty(); plan = PlanCosts(Pods(pods), in_flight), ++rounds) {
    for (const CostPatch& patch : plan.patches) {
      for (auto& [name, pod] : pods) pod.deletion_cost = name == patch.pod ? patch.cost : pod.deletion_cost;
    }
  }
  EXPECT_EQ(rounds, 3);
}

TEST(MayChoosePods, WhileThereAreMorePodsThanWillHaveToBe) {
  const api::ReplicaBounds bounds{2, 20};
  const auto may = [&bounds](int floor, int wanted, const PodsByName& pods) {
    decide::Decision decision;
    decision.floor = decision.hpa_min_replicas = floor;
    decision.wanted = wanted;
    return MayChoosePods(bounds, decision, pods);
  };
  const PodsByName three = Pods({{"a", Ready("a")}, {"b", Ready("b")}, {"c", Ready("c")}});
  EXPECT_FALSE(may(3, 3, three));
  EXPECT_TRUE(may(2, 2, three)) << "the HPA holds more than the floor";
  EXPECT_TRUE(may(3, 2, three)) << "the floor comes down when its window has passed";
  EXPECT_FALSE(may(3, 4, three)) << "a floor on its way up";
  EXPECT_FALSE(may(2, 1, Pods({{"a", Ready("a")}, {"b", Ready("b")}}))) << "replicas.min stays";
  EXPECT_FALSE(may(2, 2, Pods({{"a", Ready("a")}, {"b", Ready("b")}, {"c", Terminating("c")}})));
  EXPECT_FALSE(may(2, 2, Pods({{"a", Ready("a")}, {"b", Starting("b")}, {"c", Starting("c")}})))
      << "those that are not ready go first";
  EXPECT_FALSE(may(2, 2, {}));
}

}  // namespace
}  // namespace dso::controller
