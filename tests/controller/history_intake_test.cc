// How many histories a Prometheus server is asked for at once.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/controller/controller_fixture.h"

namespace dso::controller {
namespace {

using kube::Json;
using std::chrono::seconds;

constexpr seconds kAnswerTakes(10);

class HistoryIntakeTest : public test::ControllerTest {
 protected:
  void SetUp() override {
    AddPrometheus("default", /*allow_custom_queries=*/true);
    prometheus_transport_.set_handler([this](const http::Request& request) -> Result<http::FakeReply> {
      Result<http::FakeReply> reply = prometheus_.Handler()(request);
      if (!request.target.starts_with("/api/v1/query_range")) return reply;
      asked_at_.push_back(loop_.Now());
      if (reply.ok()) reply->delay = kAnswerTakes;
      return reply;
    });
    longest_stop_ = 2 * kAnswerTakes;
  }
  static std::string PathOf(int i) {
    return "/apis/deepseek-operator.dev/v1alpha1/namespaces/prod/deepseekservices/chat-" + std::to_string(i);
  }
  // Each with a history of its own, which cannot be read together with another one's.
  void PutServices(int count, const Json& demand) {
    for (int i = 0; i < count; ++i) {
      Json service = Chat();
      service["metadata"]["name"] = "chat-" + std::to_string(i);
      service["metadata"]["uid"] = "u-" + std::to_string(i);
      service["spec"]["demand"] = demand;
      service["spec"]["capacity"]["perReplica"] = "10";
      service["spec"]["prediction"]["history"] = std::to_string(3 + i) + "d";
      server_.Put(PathOf(i), service);
    }
  }
  // The most questions that were unanswered at one moment.
  int MostAtOnce() const {
    std::ptrdiff_t most = 0;
    for (const SteadyTime at : asked_at_) {
      most = std::max(most, std::count_if(asked_at_.begin(), asked_at_.end(),
                                          [&](SteadyTime other) { return other <= at && at < other + kAnswerTakes; }));
    }
    return static_cast<int>(most);
  }

  std::vector<SteadyTime> asked_at_;
};

TEST_F(HistoryIntakeTest, ManyHistoriesOfAPresetAreReadAFewAtATime) {
  PutServices(12, {{"preset", "deepseek"}});
  Start(std::chrono::minutes(10));
  EXPECT_EQ(MostAtOnce(), 3);
  EXPECT_GE(asked_at_.size(), 24u) << "each history is read, in two steps or more";
}

TEST_F(HistoryIntakeTest, ManyHistoriesOfOwnQueriesAreReadAFewAtATime) {
  prometheus_.Define("5", {{{}, prom::FakePrometheus::Constant(5)}});
  PutServices(12, {{"query", "5"}, {"unit", "in flight"}});
  Start(std::chrono::minutes(10));
  EXPECT_EQ(MostAtOnce(), 3);
  EXPECT_GE(asked_at_.size(), 24u);
}

TEST_F(HistoryIntakeTest, AHistoryThatNobodyWaitsForAnyMoreIsNotRead) {
  PutServices(12, {{"preset", "deepseek"}});
  Start(seconds(1));
  ASSERT_EQ(asked_at_.size(), 3u);
  for (int i = 0; i < 12; ++i) {
    Change(PathOf(i), {{"metadata", {{"generation", 2}}}, {"spec", {{"demand", nullptr}, {"capacity", nullptr}}}});
  }
  loop_.Advance(std::chrono::minutes(10));
  EXPECT_LT(asked_at_.size(), 24u) << "only the three that had begun come to their end, in several questions each";
}

}  // namespace
}  // namespace dso::controller
