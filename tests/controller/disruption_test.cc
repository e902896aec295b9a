#include "controller/disruption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using test::kServicePath;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kBudgetPath = "/apis/policy/v1/namespaces/prod/poddisruptionbudgets/chat";
constexpr const char* kOtherPath = "/apis/policy/v1/namespaces/prod/poddisruptionbudgets/other";

class DisruptionTest : public test::ControllerTest {
 protected:
  void Begin() {
    Json service = Chat();
    service["spec"]["template"]["metadata"]["labels"]["team"] = "search";
    service["spec"]["podDisruptionBudget"] = {{"maxUnavailable", "25%"}};
    server_.Put(kServicePath, service);
    Start();
  }
  void PutOther(const char* selector) {
    Json other{{"metadata", {{"namespace", "prod"}, {"name", "other"}}}};
    other["spec"]["selector"] = Json::parse(selector);
    server_.Put(kOtherPath, other);
  }
  static constexpr const char* kSearch = R"({"matchLabels": {"team": "search"}})";
};

TEST_F(DisruptionTest, IsMadeWhereItIsDeclared) {
  Begin();
  EXPECT_EQ(At(kBudgetPath)["spec"]["maxUnavailable"], "25%");
  EXPECT_EQ(Condition("DisruptionBudget", "status"), "True");
}

TEST_F(DisruptionTest, IsRemovedOnceItIsNoLongerDeclared) {
  Begin();
  ChangeSpec({{"podDisruptionBudget", nullptr}});
  EXPECT_FALSE(server_.objects.contains(kBudgetPath));
  EXPECT_EQ(Condition("DisruptionBudget", "status"), "");
}

TEST_F(DisruptionTest, NeverASecondOneOnTheSamePods) {
  PutOther(kSearch);
  Begin();
  EXPECT_FALSE(server_.objects.contains(kBudgetPath));
  EXPECT_EQ(Condition("DisruptionBudget", "reason"), "OtherBudget");
  EXPECT_THAT(Condition("DisruptionBudget", "message"), HasSubstr("PodDisruptionBudget other"));
  EXPECT_EQ(Condition("FloorApplied", "status"), "True");
  server_.Remove(kOtherPath);
  loop_.Advance(1s);
  EXPECT_TRUE(server_.objects.contains(kBudgetPath));
}

TEST_F(DisruptionTest, GivesWayToOneThatComesLater) {
  Begin();
  PutOther(kSearch);
  loop_.Advance(1s);
  EXPECT_FALSE(server_.objects.contains(kBudgetPath));
  EXPECT_EQ(Condition("DisruptionBudget", "status"), "False");
}

TEST_F(DisruptionTest, OneForOtherPodsIsNoMatter) {
  PutOther(R"({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["search"]}]})");
  Begin();
  EXPECT_EQ(Condition("DisruptionBudget", "status"), "True");
}

TEST_F(DisruptionTest, ABudgetThatCannotBeWrittenIsNoMatterOfTheFloor) {
  server_.refusals.emplace(std::string("PATCH ") + kBudgetPath,
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no right"})"));
  Begin();
  EXPECT_EQ(Condition("DisruptionBudget", "reason"), "Forbidden");
  EXPECT_EQ(Condition("FloorApplied", "status"), "True");
}

}  // namespace
}  // namespace dso::controller
