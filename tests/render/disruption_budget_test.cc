#include "render/disruption_budget.h"

#include <gtest/gtest.h>

#include "render/label_selector.h"
#include "tests/api/service_json.h"

namespace dso::render {
namespace {

Json BudgetOf(const char* max_unavailable) {
  Json spec = api::test::LeastSpec();
  spec["podDisruptionBudget"]["maxUnavailable"] = Json::parse(max_unavailable);
  const auto service = api::FromJson(api::test::ServiceWithSpec(spec));
  EXPECT_TRUE(service.ok() && service->spec.ok()) << (service.ok() ? service->spec.error().message : "");
  return PodDisruptionBudget(*service);
}

TEST(PodDisruptionBudget, HoldsExactlyTheFieldsThatWeOwn) {
  const Json budget = BudgetOf("1");
  EXPECT_EQ(budget["spec"], Json::parse(R"({
    "selector": {"matchLabels": {"deepseek-operator.dev/service": "chat"}},
    "maxUnavailable": 1,
    "unhealthyPodEvictionPolicy": "AlwaysAllow"
  })"));
  EXPECT_EQ(budget["metadata"]["ownerReferences"][0]["uid"], "u-1");
}

TEST(PodDisruptionBudget, APercentageStaysOne) { EXPECT_EQ(BudgetOf(R"("25%")")["spec"]["maxUnavailable"], "25%"); }

TEST(PodDisruptionBudget, SelectsThePodsOfTheTemplate) {
  const auto service = api::FromJson(api::test::ServiceWithSpec(api::test::FullSpec()));
  EXPECT_TRUE(SelectsLabels(PodDisruptionBudget(*service)["spec"]["selector"], PodLabels(*service)));
}

// As the API server does it.
TEST(LabelSelector, SelectsAsKubernetesDoes) {
  const Json labels = Json::parse(R"({"app": "chat", "team": "search"})");
  struct Case {
    const char* selector;
    bool selects;
  };
  const Case cases[] = {
      {"null", false},
      {"{}", true},
      {R"({"matchLabels": {}})", true},
      {R"({"matchLabels": {"app": "chat"}})", true},
      {R"({"matchLabels": {"app": "chat", "team": "ads"}})", false},
      {R"({"matchLabels": {"zone": "a"}})", false},
      {R"({"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "chat"]}]})", true},
      {R"({"matchExpressions": [{"key": "app", "operator": "In", "values": ["x"]}]})", false},
      {R"({"matchExpressions": [{"key": "zone", "operator": "In", "values": ["x"]}]})", false},
      {R"({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["x"]}]})", true},
      {R"({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["chat"]}]})", false},
      {R"({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]})", true},
      {R"({"matchExpressions": [{"key": "app", "operator": "Exists"}]})", true},
      {R"({"matchExpressions": [{"key": "zone", "operator": "Exists"}]})", false},
      {R"({"matchExpressions": [{"key": "zone", "operator": "DoesNotExist"}]})", true},
      {R"({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]})", false},
      {R"({"matchExpressions": [{"key": "app", "operator": "Resembles", "values": ["c"]}]})", false},
      {R"({"matchLabels": {"app": "chat"}, "matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]})", false},
      {R"({"matchLabels": null, "matchExpressions": null})", true},
      {R"({"matchExpressions": [1]})", false},
      {R"([])", false},
  };
  for (const Case& c : cases) EXPECT_EQ(SelectsLabels(Json::parse(c.selector), labels), c.selects) << c.selector;
}

}  // namespace
}  // namespace dso::render
