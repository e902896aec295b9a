#include "cli/operator_pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dso::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json Pod(const char* name, const char* ready, const json& ports) {
  return {{"metadata", {{"name", name}}},
          {"spec", {{"containers", json::array({json{{"name", "operator"}, {"ports", ports}}})}}},
          {"status", {{"conditions", json::array({json{{"type", "Ready"}, {"status", ready}}})}}}};
}

const json kGrpc =
    json::array({json{{"name", "metrics"}, {"containerPort", 8080}}, json{{"name", "grpc"}, {"containerPort", 9090}}});
const json kMetricsOnly = json::array({json{{"name", "metrics"}, {"containerPort", 8080}}});

Result<OperatorPod> Choose(json pods, const char* port = "grpc") {
  return ChooseOperatorPod(json{{"items", std::move(pods)}}.dump(), port, "ops");
}

TEST(OperatorPods, TheFirstThatIsReadyAndHasThePort) {
  json leaving = Pod("leaving", "True", kGrpc);
  leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const auto pod = Choose(json::array(
      {Pod("starting", "False", kGrpc), leaving, Pod("test", "True", kMetricsOnly), Pod("a", "True", kGrpc)}));
  ASSERT_TRUE(pod);
  EXPECT_EQ(pod->name, "a");
  EXPECT_EQ(pod->port, 9090);
}

TEST(OperatorPods, APortMayBeANumber) {
  EXPECT_EQ(Choose(json::array({Pod("a", "True", kMetricsOnly)}), "7000")->port, 7000);
}

TEST(OperatorPods, WhatIsMissingIsSaid) {
  EXPECT_THAT(Choose(json::array()).error().message, HasSubstr("there is no pod of the operator in the namespace ops"));
  EXPECT_THAT(Choose(json::array({Pod("a", "False", kGrpc)})).error().message,
              HasSubstr("no pod of the operator in ops is ready"));
  EXPECT_THAT(Choose(json::array({Pod("a", "True", kMetricsOnly)})).error().message,
              HasSubstr("has a port named \"grpc\""));
  EXPECT_FALSE(Choose(json::array({Pod("a", "True", kMetricsOnly)}), "70000"));
}

TEST(OperatorPods, WhatIsNoListIsNoPod) {
  EXPECT_FALSE(ChooseOperatorPod("", "grpc", "ops"));
  for (const char* text : {"[]", "{}", "null", R"({"items": 3})", R"({"items": [3, null, {"spec": []}]})"}) {
    EXPECT_FALSE(ChooseOperatorPod(text, "grpc", "ops")) << text;
  }
}

}  // namespace
}  // namespace dso::cli
