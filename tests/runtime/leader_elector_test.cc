#include "runtime/leader_elector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "tests/controller/tiny_api_server.h"
#include "tests/support/fake_loop.h"

namespace dso::runtime {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

const kube::ObjectKey kLease{"ops", "deepseek-operator"};
constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/namespaces/ops/leases";
constexpr const char* kLeasePath = "/apis/coordination.k8s.io/v1/namespaces/ops/leases/deepseek-operator";

// A network between one operator and the API server: requests may be refused or slow, and answers may be lost.
class Network final : public http::HttpTransport {
 public:
  Network(Loop& loop, http::HttpTransport& server) : loop_(loop), server_(server) {}

  bool is_cut = false;
  bool is_blind = false;  // its watches break, and cannot be opened
  bool loses_answers = false;
  milliseconds delay{0};
  int refused = 0;  // 409

  Task<Result<http::Response>> Send(http::Request request, std::stop_token stop) override {
    if (delay > milliseconds(0)) co_await Sleep(loop_, std::min(delay, request.timeout));
    if (is_cut) co_return Error{ErrorCode::kUnavailable, "no route"};
    if (delay > request.timeout) co_return Error{ErrorCode::kDeadlineExceeded, "no answer in time"};
    Result<http::Response> response = co_await server_.Send(std::move(request), stop);
    if (response && response->status == 409) ++refused;
    if (loses_answers || is_cut) co_return Error{ErrorCode::kUnavailable, "the connection broke"};
    co_return response;
  }
  Task<Result<http::StreamingResponse>> Open(http::Request request, std::stop_token stop) override {
    if (is_cut || is_blind) co_return Error{ErrorCode::kUnavailable, "no route"};
    Result<http::StreamingResponse> opened = co_await server_.Open(std::move(request), stop);
    if (opened) opened->body = std::make_unique<Body>(*this, std::move(opened->body));
    co_return opened;
  }

 private:
  // Breaks at the first event that comes while the network is cut.
  class Body final : public http::BodyStream {
   public:
    Body(const Network& network, std::unique_ptr<http::BodyStream> inner)
        : network_(network), inner_(std::move(inner)) {}
    Task<Result<std::string>> Read() override {
      Result<std::string> chunk = co_await inner_->Read();
      if (network_.is_cut || network_.is_blind) co_return Error{ErrorCode::kUnavailable, "the connection broke"};
      co_return chunk;
    }

   private:
    const Network& network_;
    std::unique_ptr<http::BodyStream> inner_;
  };

  Loop& loop_;
  http::HttpTransport& server_;
};

struct Candidate {
  Candidate(FakeLoop& loop, http::HttpTransport& server, const std::string& name)
      : network(loop, server),
        client(network, kLeaseTimeLimit),
        leadership(loop),
        elector(loop, client, leadership, kLease, name) {
    Spawn(Run());
  }
  Task<void> Run() {
    co_await elector.Run(stop.get_token());
    ended = true;
  }
  bool Leads() const { return leadership.Leads(); }

  Network network;
  kube::Client client;
  Leadership leadership;
  LeaderElector elector;
  std::stop_source stop;
  bool ended = false;
};

class LeaderElectorTest : public testing::Test {
 protected:
  void TearDown() override {
    for (const auto& candidate : candidates_) candidate->stop.request_stop();
    loop_.Advance(1min);
    for (const auto& candidate : candidates_) EXPECT_TRUE(candidate->ended);
  }
  Candidate& Join(const std::string& name) {
    candidates_.push_back(std::make_unique<Candidate>(loop_, server_.transport, name));
    return *candidates_.back();
  }
  int Leaders() const {
    int leaders = 0;
    for (const auto& candidate : candidates_) leaders += candidate->Leads() ? 1 : 0;
    return leaders;
  }
  // Until `condition`, in steps in which two leaders would be seen.
  template <typename Condition>
  milliseconds AdvanceUntil(Condition condition, milliseconds most = 60s) {
    milliseconds waited{0};
    for (; !condition() && waited < most; waited += 10ms) {
      loop_.Advance(10ms);
      EXPECT_LE(Leaders(), 1);
    }
    EXPECT_TRUE(condition()) << "not within " << most.count() << " ms";
    return waited;
  }
  std::string Holder() const { return server_.objects.at(kLeasePath)["spec"]["holderIdentity"]; }
  int Transitions() const { return server_.objects.at(kLeasePath)["spec"]["leaseTransitions"]; }
  size_t Writes() const { return server_.writes.size(); }

  FakeLoop loop_;
  controller::test::TinyApiServer server_{loop_};
  std::vector<std::unique_ptr<Candidate>> candidates_;
};

TEST_F(LeaderElectorTest, TheFirstMakesTheLeaseAndLeads) {
  Candidate& first = Join("a");
  loop_.Advance(100ms);
  EXPECT_TRUE(first.Leads());
  const kube::Json& spec = server_.objects.at(kLeasePath)["spec"];
  EXPECT_EQ(spec["holderIdentity"], "a");
  EXPECT_EQ(spec["leaseDurationSeconds"], 15);
  EXPECT_EQ(spec["leaseTransitions"], 0);
  EXPECT_EQ(spec["acquireTime"], FormatMicroTime(FakeLoop::kDefaultStart));
}

TEST_F(LeaderElectorTest, RenewsEveryRetryPeriodAndLeadsOn) {
  Candidate& first = Join("a");
  loop_.Advance(100ms);
  const size_t before = Writes();
  AdvanceUntil([&] { return Writes() == before + 30; });
  EXPECT_TRUE(first.Leads());
  EXPECT_EQ(Transitions(), 0);
}

TEST_F(LeaderElectorTest, LooksAtNoOtherLease) {
  server_.Put(std::string(kLeases) + "/another",
              {{"metadata", {{"namespace", "ops"}, {"name", "another"}}}, {"spec", {{"holderIdentity", "x"}}}});
  Join("a");
  loop_.Advance(100ms);
  const auto& requests = server_.transport.requests();
  EXPECT_THAT(requests.front().target, HasSubstr("fieldSelector=metadata.name%3Ddeepseek-operator"));
}

TEST_F(LeaderElectorTest, TheSecondWaitsAndFollowsAtOnceWhenTheFirstStops) {
  Candidate& first = Join("a");
  loop_.Advance(100ms);
  Candidate& second = Join("b");
  loop_.Advance(1min);
  EXPECT_TRUE(first.Leads());
  EXPECT_FALSE(second.Leads());
  first.stop.request_stop();
  EXPECT_LE(AdvanceUntil([&] { return second.Leads(); }), 100ms);
  EXPECT_EQ(Transitions(), 1);
}

TEST_F(LeaderElectorTest, TheSecondFollowsWhenTheLeaseOfADeadOneIsOver) {
  Candidate& first = Join("a");
  Candidate& second = Join("b");
  loop_.Advance(5s);
  ASSERT_TRUE(first.Leads());
  first.network.is_cut = true;
  const milliseconds took = AdvanceUntil([&] { return second.Leads(); });
  EXPECT_GT(took, 12s);
  EXPECT_LE(took, 15s);
  EXPECT_FALSE(first.Leads());
}

TEST_F(LeaderElectorTest, WhoeverIsCutOffKnowsItBeforeAnotherLeads) {
  Candidate& first = Join("a");
  Candidate& second = Join("b");
  loop_.Advance(5s);
  first.network.is_cut = true;
  EXPECT_LE(AdvanceUntil([&] { return !first.Leads(); }), 10s);
  EXPECT_FALSE(second.Leads());
  first.network.is_cut = false;
  // Nobody has taken it: it goes on.
  AdvanceUntil([&] { return first.Leads(); });
  EXPECT_EQ(Transitions(), 0);
}

TEST_F(LeaderElectorTest, WhoeverComesBackFindsAnotherOneAndWaits) {
  Candidate& first = Join("a");
  Candidate& second = Join("b");
  loop_.Advance(5s);
  first.network.is_cut = true;
  AdvanceUntil([&] { return second.Leads(); });
  EXPECT_THAT(first.elector.Problem(), HasSubstr("no route"));
  first.network.is_cut = false;
  loop_.Advance(2min);
  EXPECT_EQ(first.elector.Problem(), "");
  EXPECT_TRUE(second.Leads());
  EXPECT_EQ(Holder(), "b");
  EXPECT_EQ(Transitions(), 1);
}

// It sees no renewal, so the lease looks as if it were over: its write says which version it has seen.
TEST_F(LeaderElectorTest, WhoeverDoesNotSeeTheRenewalsTakesNothing) {
  Candidate& first = Join("a");
  loop_.Advance(100ms);
  Candidate& second = Join("b");
  loop_.Advance(1s);
  second.network.is_blind = true;
  AdvanceUntil([&] { return second.network.refused > 2; });
  EXPECT_TRUE(first.Leads());
  EXPECT_EQ(Transitions(), 0);
}

TEST_F(LeaderElectorTest, ALeaseThatSomebodyEmptiesIsTakenAnew) {
  Candidate& first = Join("a");
  loop_.Advance(1s);
  Candidate& second = Join("b");
  loop_.Advance(1s);
  first.stop.request_stop();
  AdvanceUntil([&] { return second.Leads(); });
  kube::Json emptied = server_.objects.at(kLeasePath);
  emptied["spec"] = nullptr;
  server_.Put(kLeasePath, emptied);
  loop_.Advance(30s);
  EXPECT_TRUE(second.Leads());
  EXPECT_EQ(Holder(), "b");
}

TEST_F(LeaderElectorTest, ADurationThatSomebodyChangesIsSetRight) {
  Candidate& first = Join("a");
  loop_.Advance(1s);
  kube::Json changed = server_.objects.at(kLeasePath);
  changed["spec"]["leaseDurationSeconds"] = 1;
  server_.Put(kLeasePath, changed);
  loop_.Advance(3s);
  EXPECT_TRUE(first.Leads());
  EXPECT_EQ(server_.objects.at(kLeasePath)["spec"]["leaseDurationSeconds"], 15);
}

TEST_F(LeaderElectorTest, ANamespaceThatIsNotThereIsSaid) {
  server_.refusals.emplace(
      std::string("POST ") + kLeases,
      http::Respond(404, R"({"code": 404, "reason": "NotFound", "message": "namespaces \"ops\" not found"})"));
  Candidate& first = Join("a");
  loop_.Advance(5s);
  EXPECT_THAT(first.elector.Problem(), HasSubstr("namespaces \"ops\" not found"));
  server_.refusals.clear();
}

TEST_F(LeaderElectorTest, ARenewalWhoseAnswerIsLostIsFound) {
  Candidate& first = Join("a");
  loop_.Advance(1s);
  first.network.loses_answers = true;
  loop_.Advance(3s);
  first.network.loses_answers = false;
  for (int i = 0; i < 60; ++i) {
    loop_.Advance(1s);
    EXPECT_TRUE(first.Leads());
  }
  EXPECT_EQ(Transitions(), 0);
}

TEST_F(LeaderElectorTest, AServerThatHangsLeavesTimeForAnotherTry) {
  Candidate& first = Join("a");
  loop_.Advance(1s);
  first.network.delay = 1h;
  loop_.Advance(3s);
  first.network.delay = 0s;
  for (int i = 0; i < 60; ++i) {
    loop_.Advance(1s);
    EXPECT_TRUE(first.Leads());
  }
}

TEST_F(LeaderElectorTest, ALeaseThatSomebodyAnnotatesStays) {
  Candidate& first = Join("a");
  loop_.Advance(1s);
  for (int i = 0; i < 100; ++i) {
    kube::Json annotated = server_.objects.at(kLeasePath);
    annotated["metadata"]["annotations"]["a"] = std::to_string(i);
    server_.Put(kLeasePath, annotated);
    loop_.Advance(700ms);
    EXPECT_TRUE(first.Leads());
  }
}

TEST_F(LeaderElectorTest, ALeaseThatSomebodyDeletesIsMadeAnewByOne) {
  Join("a");
  Join("b");
  loop_.Advance(1s);
  server_.Remove(kLeasePath);
  AdvanceUntil([&] { return Leaders() == 1; }, 5s);
  loop_.Advance(1min);
  EXPECT_EQ(Leaders(), 1);
}

TEST_F(LeaderElectorTest, ALeaseThatSomebodyElseTakesByForceIsHis) {
  Candidate& first = Join("a");
  loop_.Advance(1s);
  kube::Json taken = server_.objects.at(kLeasePath);
  taken["spec"]["holderIdentity"] = "kubectl edit";
  server_.Put(kLeasePath, taken);
  loop_.Advance(10ms);
  EXPECT_FALSE(first.Leads());
  EXPECT_GE(AdvanceUntil([&] { return first.Leads(); }), 14s);
}

TEST_F(LeaderElectorTest, SaysWhichRightsAreMissing) {
  server_.refusals.emplace(std::string("POST ") + kLeases,
                           http::Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no"})"));
  Candidate& first = Join("a");
  loop_.Advance(1s);
  EXPECT_FALSE(first.Leads());
  EXPECT_THAT(first.elector.Problem(), HasSubstr("get, list, watch, create and patch of leases in namespace ops"));
  server_.refusals.clear();
  loop_.Advance(10s);
  EXPECT_TRUE(first.Leads());
  EXPECT_EQ(first.elector.Problem(), "");
}

TEST_F(LeaderElectorTest, WithoutAnApiServerNobodyLeadsAndStoppingIsQuick) {
  Candidate& first = Join("a");
  first.network.is_cut = true;
  loop_.Advance(1min);
  EXPECT_FALSE(first.Leads());
  EXPECT_THAT(first.elector.Problem(), HasSubstr("no route"));
  first.stop.request_stop();
  loop_.Advance(4s);
  EXPECT_TRUE(first.ended);
}

// Networks that fail at random: never two leaders, and one again soon after all is well.
TEST_F(LeaderElectorTest, NeverTwoWhateverTheNetworksDo) {
  std::minstd_rand random(20261122);
  const auto one_in = [&random](int n) { return std::uniform_int_distribution<int>(1, n)(random) == 1; };
  for (const char* name : {"a", "b", "c"}) Join(name);
  std::map<std::string, int> led;
  for (int step = 0; step < 20'000; ++step) {
    for (const auto& candidate : candidates_) {
      if (one_in(100)) candidate->network.is_cut = one_in(2);
      if (one_in(200)) candidate->network.is_blind = one_in(2);
      if (one_in(100)) candidate->network.loses_answers = one_in(3);
      if (one_in(100)) candidate->network.delay = milliseconds(std::uniform_int_distribution<int>(0, 4000)(random));
      if (candidate->Leads()) ++led[std::to_string(candidate.get() - candidates_.front().get())];
    }
    if (one_in(2000) && server_.objects.contains(kLeasePath)) {
      kube::Json annotated = server_.objects.at(kLeasePath);
      annotated["metadata"]["annotations"]["step"] = std::to_string(step);
      server_.Put(kLeasePath, annotated);
    }
    loop_.Advance(200ms);
    ASSERT_LE(Leaders(), 1) << "step " << step;
  }
  EXPECT_GT(led.size(), 1U);
  for (const auto& candidate : candidates_) {
    candidate->network.is_cut = candidate->network.is_blind = candidate->network.loses_answers = false;
    candidate->network.delay = 0s;
  }
  AdvanceUntil([&] { return Leaders() == 1; });
}

}  // namespace
}  // namespace dso::runtime
