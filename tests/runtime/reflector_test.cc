#include "runtime/reflector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::runtime {
namespace {

using http::FakeReply;
using http::FakeTransport;
using http::LiveBody;
using http::Request;
using http::Respond;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

// Writes down what it is told.
class RecordingSink final : public ObjectSink {
 public:
  void BeginReplace() override {
    staging_.emplace();
    heard.push_back("begin");
  }
  void EndReplace() override {
    names = *std::exchange(staging_, std::nullopt);
    heard.push_back("end");
  }
  void Put(json object) override {
    const std::string name = kube::KeyOf(object).name;
    (staging_ ? *staging_ : names).insert(name);
    heard.push_back("put " + name);
  }
  void Remove(const json& object) override {
    names.erase(kube::KeyOf(object).name);
    heard.push_back("remove " + kube::KeyOf(object).name);
  }

  std::set<std::string> names;
  std::vector<std::string> heard;

 private:
  std::optional<std::set<std::string>> staging_;
};

json Object(const std::string& name, int version) {
  return {{"metadata", {{"namespace", "prod"}, {"name", name}, {"resourceVersion", std::to_string(version)}}}};
}
std::string Page(std::vector<json> items, int version, const std::string& continue_token = "") {
  return json{{"metadata", {{"resourceVersion", std::to_string(version)}, {"continue", continue_token}}},
              {"items", std::move(items)}}
      .dump();
}
std::string Event(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}
json StatusObject(int code, const std::string& reason) {
  return {{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", reason + ", says the server"}};
}

// A reflector against a server whose answers the test gives: lists and watches from two scripts, in order. The last
// list is repeated; a watch that is not in the script stays open in silence.
class ReflectorTest : public testing::Test {
 protected:
  void TearDown() override {
    stop_.request_stop();
    loop_.RunUntilIdle();
    EXPECT_TRUE(ended_);
    EXPECT_EQ(transport_.in_flight(), 0);
  }

  void Start() {
    Spawn(Run());
    loop_.RunUntilIdle();
  }
  Task<void> Run() {
    co_await reflector_.Run(stop_.get_token());
    ended_ = true;
  }

  Result<FakeReply> Answer(const Request& request) {
    const bool is_watch = request.target.find("watch=true") != std::string::npos;
    auto& script = is_watch ? watches_ : lists_;
    if (script.empty()) return is_watch ? Open(std::make_shared<LiveBody>()) : Respond(503, "");
    Result<FakeReply> reply = script.front();
    if (is_watch || script.size() > 1) script.pop_front();
    return reply;
  }
  static FakeReply Open(std::shared_ptr<LiveBody> body) {
    FakeReply reply = Respond(200, "");
    reply.live_body = std::move(body);
    return reply;
  }
  std::shared_ptr<LiveBody> ExpectWatch() {
    auto body = std::make_shared<LiveBody>();
    watches_.push_back(Open(body));
    return body;
  }
  // "list" or "watch@<resourceVersion>", in the order of the requests.
  std::vector<std::string> Requests() const {
    std::vector<std::string> out;
    for (const Request& request : transport_.requests()) {
      const size_t version = request.target.find("resourceVersion=");
      out.push_back(version == std::string::npos
                        ? "list"
                        : "watch@" +
                              request.target.substr(version + 16, request.target.find('&', version) - version - 16));
    }
    return out;
  }

  FakeLoop loop_;
  FakeTransport transport_{loop_, [this](const Request& request) { return Answer(request); }};
  kube::Client client_{transport_};
  RecordingSink sink_;
  Reflector reflector_{loop_, client_, kube::kDeployments, {"prod", "team=search"}, sink_};
  std::stop_source stop_;
  std::deque<Result<FakeReply>> lists_;
  std::deque<Result<FakeReply>> watches_;
  bool ended_ = false;
};

TEST_F(ReflectorTest, ListsAndThenWatchesFromTheListsVersion) {
  lists_ = {Respond(200, Page({Object("a", 3)}, 10))};
  EXPECT_FALSE(reflector_.HasSynced());
  Start();
  EXPECT_TRUE(reflector_.HasSynced());
  EXPECT_THAT(sink_.heard, ElementsAre("begin", "put a", "end"));
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10"));
  for (const Request& request : transport_.requests()) {
    EXPECT_THAT(request.target, StartsWith("/apis/apps/v1/namespaces/prod/deployments?"));
    EXPECT_THAT(request.target, HasSubstr("labelSelector=team%3Dsearch"));
  }
  EXPECT_THAT(transport_.requests()[1].target, HasSubstr("allowWatchBookmarks=true"));
}

TEST_F(ReflectorTest, FollowsAllPagesOfAList) {
  lists_ = {Respond(200, Page({Object("a", 3)}, 10, "next/1")), Respond(200, Page({Object("b", 4)}, 10, "next/2")),
            Respond(200, Page({Object("c", 5)}, 10))};
  Start();
  EXPECT_THAT(sink_.heard, ElementsAre("begin", "put a", "put b", "put c", "end"));
  EXPECT_THAT(transport_.requests()[0].target, Not(HasSubstr("continue=")));
  EXPECT_THAT(transport_.requests()[1].target, HasSubstr("continue=next%2F1"));
  EXPECT_THAT(transport_.requests()[2].target, HasSubstr("continue=next%2F2"));
}

TEST_F(ReflectorTest, AContinueTokenThatHasExpiredStartsTheListAnew) {
  lists_ = {Respond(200, Page({Object("a", 3)}, 10, "next")), Respond(410, StatusObject(410, "Expired").dump()),
            Respond(200, Page({Object("b", 4)}, 20))};
  Start();
  EXPECT_FALSE(reflector_.HasSynced());
  loop_.Advance(1s);
  EXPECT_THAT(sink_.heard, ElementsAre("begin", "put a", "begin", "put b", "end"));
  EXPECT_THAT(sink_.names, ElementsAre("b"));
  EXPECT_THAT(transport_.requests()[2].target, Not(HasSubstr("continue=")));
}

TEST_F(ReflectorTest, AppliesEventsAsTheyCome) {
  lists_ = {Respond(200, Page({Object("a", 3)}, 10))};
  const auto watch = ExpectWatch();
  Start();
  sink_.heard.clear();
  const std::string added = Event("ADDED", Object("b", 11));
  watch->Push(added.substr(0, 9));
  watch->Push(added.substr(9) + Event("MODIFIED", Object("a", 12)));
  watch->Push(Event("DELETED", Object("a", 13)));
  loop_.RunUntilIdle();
  EXPECT_THAT(sink_.heard, ElementsAre("put b", "put a", "remove a"));
}

TEST_F(ReflectorTest, ResumesFromTheLastVersionWhenTheServerEndsTheStream) {
  lists_ = {Respond(200, Page({}, 10))};
  const auto watch = ExpectWatch();
  Start();
  watch->Push(Event("ADDED", Object("b", 11)));
  loop_.Advance(5min);
  watch->End();
  loop_.RunUntilIdle();
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10", "watch@11"));
  EXPECT_EQ(reflector_.LastError(), "");
}

TEST_F(ReflectorTest, ABookmarkMovesTheVersionAndNothingElse) {
  lists_ = {Respond(200, Page({}, 10))};
  const auto watch = ExpectWatch();
  Start();
  sink_.heard.clear();
  watch->Push(Event("BOOKMARK", {{"metadata", {{"resourceVersion", "50"}}}}));
  loop_.Advance(1min);
  watch->End();
  loop_.RunUntilIdle();
  EXPECT_THAT(sink_.heard, testing::IsEmpty());
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10", "watch@50"));
}

TEST_F(ReflectorTest, ListsAgainWhenTheVersionIsGoneSaysAnErrorEvent) {
  lists_ = {Respond(200, Page({Object("a", 3), Object("b", 4)}, 10)), Respond(200, Page({Object("b", 4)}, 90))};
  const auto watch = ExpectWatch();
  Start();
  loop_.Advance(1min);
  watch->Push(Event("ERROR", StatusObject(410, "Expired")));
  loop_.RunUntilIdle();
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10", "list", "watch@90"));
  EXPECT_THAT(sink_.names, ElementsAre("b"));
  EXPECT_EQ(reflector_.LastError(), "");
}

TEST_F(ReflectorTest, ListsAgainWhenTheVersionIsGoneSaysTheHttpStatus) {
  lists_ = {Respond(200, Page({}, 10)), Respond(200, Page({}, 90))};
  watches_ = {Respond(410, StatusObject(410, "Gone").dump())};
  Start();
  loop_.Advance(1s);
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10", "list", "watch@90"));
}

TEST_F(ReflectorTest, AServerThatForgetsEachVersionAtOnceIsNotAskedInAHotLoop) {
  lists_ = {Respond(200, Page({}, 10))};
  for (int i = 0; i < 1000; ++i) watches_.push_back(Respond(410, StatusObject(410, "Expired").dump()));
  Start();
  loop_.Advance(10s);
  EXPECT_LE(transport_.requests().size(), 24u);
}

TEST_F(ReflectorTest, AWatchThatEndsAtOnceIsNotOpenedInAHotLoop) {
  lists_ = {Respond(200, Page({}, 10))};
  for (int i = 0; i < 1000; ++i) watches_.push_back(Respond(200, ""));
  Start();
  loop_.Advance(10s);
  EXPECT_LE(transport_.requests().size(), 13u);
  EXPECT_GE(transport_.requests().size(), 8u);
}

TEST_F(ReflectorTest, WaitsAsLongAsTheServerAsksFor) {
  lists_ = {Respond(429, "", {{"Retry-After", "7"}}), Respond(200, Page({}, 10))};
  Start();
  loop_.Advance(6999ms);
  EXPECT_EQ(transport_.requests().size(), 1u);
  EXPECT_FALSE(reflector_.HasSynced());
  loop_.Advance(1ms);
  EXPECT_TRUE(reflector_.HasSynced());
  EXPECT_EQ(reflector_.LastError(), "");
}

TEST_F(ReflectorTest, ABrokenStreamIsResumedAfterABackOff) {
  lists_ = {Respond(200, Page({}, 10))};
  const auto watch = ExpectWatch();
  Start();
  watch->Push(Event("ADDED", Object("b", 11)));
  watch->Break({ErrorCode::kUnavailable, "connection reset"});
  loop_.RunUntilIdle();
  EXPECT_EQ(reflector_.LastError(), "deployments.apps in namespace prod: connection reset");
  EXPECT_TRUE(reflector_.HasSynced());
  EXPECT_EQ(transport_.requests().size(), 2u);
  loop_.Advance(1s);
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10", "watch@11"));
  EXPECT_EQ(reflector_.LastError(), "");
}

TEST_F(ReflectorTest, ALineThatIsNotJsonIsAFailureAndNotTheEnd) {
  lists_ = {Respond(200, Page({}, 10))};
  const auto watch = ExpectWatch();
  Start();
  watch->Push("<html>\n");
  loop_.RunUntilIdle();
  EXPECT_THAT(reflector_.LastError(), HasSubstr("not the JSON"));
  loop_.Advance(1s);
  EXPECT_THAT(Requests(), ElementsAre("list", "watch@10", "watch@10"));
}

TEST_F(ReflectorTest, BacksOffLongerAndLongerWhileTheServerIsAway) {
  lists_ = {Error{ErrorCode::kUnavailable, "connection refused"}};
  Start();
  loop_.Advance(10min);
  const size_t in_ten_minutes = transport_.requests().size();
  EXPECT_GE(in_ten_minutes, 600u / 30u);
  EXPECT_LE(in_ten_minutes, 600u / 15u + 7u);
}

TEST_F(ReflectorTest, ReportsADeletionThatItMissedInAnOutage) {
  lists_ = {Respond(200, Page({Object("a", 3), Object("b", 4)}, 10)), Error{ErrorCode::kUnavailable, "refused"},
            Respond(200, Page({Object("b", 4)}, 90))};
  const auto watch = ExpectWatch();
  watches_.push_back(Error{ErrorCode::kUnavailable, "refused"});
  watches_.push_back(Respond(410, StatusObject(410, "Expired").dump()));
  Start();
  watch->Break({ErrorCode::kUnavailable, "connection reset"});
  loop_.Advance(1min);
  EXPECT_THAT(sink_.names, ElementsAre("b"));
  EXPECT_EQ(reflector_.LastError(), "");
}

TEST_F(ReflectorTest, AMissingResourceSaysWhatToInstall) {
  lists_ = {Respond(404, StatusObject(404, "NotFound").dump())};
  Start();
  EXPECT_THAT(reflector_.LastError(), HasSubstr("kubectl apply -f crds/"));
}

TEST_F(ReflectorTest, AnErrorOfAllNamespacesNamesTheResourceAlone) {
  lists_ = {Error{ErrorCode::kUnavailable, "refused"}};
  Reflector everywhere(loop_, client_, kube::kDeployments, {}, sink_);
  std::stop_source stop;
  Spawn(everywhere.Run(stop.get_token()));
  Start();
  EXPECT_THAT(everywhere.LastError(), StartsWith("deployments.apps: "));
  stop.request_stop();
  loop_.RunUntilIdle();
}

TEST_F(ReflectorTest, TellsWhoeverWantsToKnowItsState) {
  lists_ = {Error{ErrorCode::kUnavailable, "refused"}, Respond(200, Page({}, 10))};
  std::vector<std::string> states;
  reflector_.OnStateChange(
      [&] { states.push_back(fmt::format("{} {}", reflector_.HasSynced(), reflector_.LastError().empty())); });
  Start();
  loop_.Advance(1s);
  ASSERT_GE(states.size(), 2u);
  EXPECT_EQ(states.front(), "false false");
  EXPECT_EQ(states.back(), "true true");
}

TEST_F(ReflectorTest, AStopEndsAnOpenWatch) {
  lists_ = {Respond(200, Page({}, 10))};
  Start();
  stop_.request_stop();
  loop_.RunUntilIdle();
  EXPECT_TRUE(ended_);
  EXPECT_EQ(reflector_.LastError(), "");
}

TEST_F(ReflectorTest, AStopEndsABackOff) {
  lists_ = {Respond(429, "", {{"Retry-After", "3600"}})};
  Start();
  stop_.request_stop();
  loop_.RunUntilIdle();
  EXPECT_TRUE(ended_);
}

}  // namespace
}  // namespace dso::runtime
