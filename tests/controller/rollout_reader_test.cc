#include "controller/rollout_reader.h"

#include <gtest/gtest.h>

#include <limits>

namespace dso::controller {
namespace {

using capacity::PodShare;
using capacity::Rollout;
using kube::Json;

constexpr int kMost = std::numeric_limits<int>::max();
constexpr PodShare kQuarter{25, true};

Rollout Read(const char* kind, const char* spec) { return RolloutOf(kind, Json::parse(spec)).value(); }
// Of a Deployment, by a maxSurge as in a manifest.
PodShare Surge(const char* value) {
  Json spec;
  spec["strategy"]["rollingUpdate"]["maxSurge"] = Json::parse(value);
  return RolloutOf("Deployment", spec)->max_surge;
}

TEST(RolloutReader, WhatIsAbsentIsTheDefaultOfKubernetes) {
  for (const char* spec : {"{}", "null", R"({"strategy": {}, "template": {"spec": {}}})",
                           R"({"strategy": {"type": "RollingUpdate"}, "minReadySeconds": null})"}) {
    const Rollout rollout = Read("Deployment", spec);
    EXPECT_EQ(rollout.max_surge, kQuarter) << spec;
    EXPECT_EQ(rollout.max_unavailable, kQuarter) << spec;
    EXPECT_FALSE(rollout.replaces_in_place) << spec;
    EXPECT_EQ(rollout.termination_grace, seconds(30)) << spec;
    EXPECT_EQ(rollout.min_ready, seconds(0)) << spec;
  }
}

TEST(RolloutReader, ReadsADeployment) {
  const Rollout rollout = Read("Deployment", R"({
    "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": "10%"}},
    "template": {"spec": {"terminationGracePeriodSeconds": 120}}, "minReadySeconds": 15
  })");
  EXPECT_EQ(rollout.max_surge, (PodShare{3, false}));
  EXPECT_EQ(rollout.max_unavailable, (PodShare{10, true}));
  EXPECT_FALSE(rollout.replaces_in_place);
  EXPECT_EQ(rollout.termination_grace, seconds(120));
  EXPECT_EQ(rollout.min_ready, seconds(15));
}

TEST(RolloutReader, RecreateReplacesInPlace) {
  EXPECT_TRUE(Read("Deployment", R"({"strategy": {"type": "Recreate"}})").replaces_in_place);
}

TEST(RolloutReader, KnowsTheKindsOfKubernetes) {
  for (const char* kind : {"StatefulSet", "ReplicaSet", "ReplicationController"}) {
    const Rollout rollout = Read(kind, R"({"template": {"spec": {"terminationGracePeriodSeconds": 5}}})");
    EXPECT_TRUE(rollout.replaces_in_place) << kind;
    EXPECT_EQ(rollout.termination_grace, seconds(5)) << kind;
  }
  for (const char* kind : {"Rollout", "DaemonSet", "deployment", ""}) {
    EXPECT_EQ(RolloutOf(kind, Json::object()), std::nullopt) << kind;
  }
}

TEST(RolloutReader, AShareIsANumberOrAPercentage) {
  struct Case {
    const char* value;
    PodShare share;
  };
  for (const auto& [value, share] : {
           Case{"0", {0, false}},
           {"7", {7, false}},
           {R"("0%")", {0, true}},
           {R"("150%")", {150, true}},
           // Of the wrong type, or nothing that the API server would take.
           {R"("7")", kQuarter},
           {R"("")", kQuarter},
           {R"("%")", kQuarter},
           {R"("-5%")", kQuarter},
           {R"("5%%")", kQuarter},
           {R"("5 %")", kQuarter},
           {R"("2.5%")", kQuarter},
           {"2.5", kQuarter},
           {"true", kQuarter},
           {"[3]", kQuarter},
           {R"({"value": 3})", kQuarter},
           {"-1", {0, false}},
           // Too large is large, not usual.
           {"4294967297", {kMost, false}},
           {R"("99999999999%")", {kMost, true}},
           {R"("99999999999")", kQuarter},
           {R"("-99999999999%")", kQuarter},
       }) {
    EXPECT_EQ(Surge(value), share) << value;
  }
}

TEST(RolloutReader, WhatIsOfTheWrongTypeIsTheDefault) {
  const Rollout rollout = Read("Deployment", R"({
    "strategy": {"type": 7, "rollingUpdate": [1, 2]},
    "template": {"spec": {"terminationGracePeriodSeconds": "soon"}}, "minReadySeconds": "15"
  })");
  EXPECT_EQ(rollout, Rollout());
  EXPECT_EQ(Read("Deployment", R"({"strategy": "Recreate", "template": [], "minReadySeconds": 1.5})"), Rollout());
}

TEST(RolloutReader, SecondsStayWithinAYear) {
  const Rollout rollout = Read("Deployment", R"({
    "template": {"spec": {"terminationGracePeriodSeconds": 9223372036854775807}}, "minReadySeconds": -3
  })");
  EXPECT_EQ(rollout.termination_grace, std::chrono::days(365));
  EXPECT_EQ(rollout.min_ready, seconds(0));
}

TEST(RolloutReader, OfAnUnknownKindAsManyPodsAgainAreAssumed) {
  const capacity::WorstCasePods pods = capacity::PodsAtWorst(AssumedRollout(), 20, /*seen_waves=*/0);
  EXPECT_EQ(pods.replicas, 20);
  EXPECT_EQ(pods.surge, 20);
  EXPECT_EQ(pods.terminating, 0);
}

}  // namespace
}  // namespace dso::controller
