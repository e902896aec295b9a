#include "runtime/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::runtime {
namespace {

using http::FakeReply;
using http::FakeTransport;
using http::Request;
using http::Respond;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::chrono_literals;

const ObjectReference kChat{kube::kDeepSeekServices, {"prod", "chat"}, "u-1"};
const ObjectReference kOther{kube::kDeepSeekServices, {"prod", "other"}, "u-2"};

class Recorder : public testing::Test {
 protected:
  void Record(const std::string& note, const ObjectReference& regarding = kChat) {
    recorder_.Record(regarding, EventType::kNormal, "FloorRaised", "SetMinReplicas", note);
    loop_.RunUntilIdle();
  }
  size_t Count(const std::string& method) const {
    return static_cast<size_t>(std::count_if(transport_.requests().begin(), transport_.requests().end(),
                                             [&method](const Request& request) { return request.method == method; }));
  }
  json Sent(size_t index) const { return json::parse(transport_.requests().at(index).body); }

  FakeLoop loop_;
  FakeReply reply_ = Respond(201, "{}");
  FakeTransport transport_{loop_, [this](const Request&) { return reply_; }};
  kube::Client client_{transport_};
  EventRecorder recorder_{loop_, client_, "operator-0"};
};

TEST_F(Recorder, WritesAnEvent) {
  Record("minReplicas 2 -> 5");
  ASSERT_EQ(transport_.requests().size(), 1u);
  const Request& request = transport_.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_THAT(request.target, StartsWith("/apis/events.k8s.io/v1/namespaces/prod/events?"));
  json event = Sent(0);
  EXPECT_THAT(event["metadata"]["name"].get<std::string>(), StartsWith("chat."));
  event["metadata"].erase("name");
  EXPECT_EQ(event, json::parse(R"({
    "apiVersion": "events.k8s.io/v1",
    "kind": "Event",
    "metadata": {"namespace": "prod"},
    "eventTime": "2026-01-01T00:00:00.000000Z",
    "reportingController": "deepseek-operator.dev/deepseek-operator",
    "reportingInstance": "operator-0",
    "type": "Normal",
    "reason": "FloorRaised",
    "action": "SetMinReplicas",
    "note": "minReplicas 2 -> 5",
    "regarding": {
      "apiVersion": "deepseek-operator.dev/v1alpha1", "kind": "DeepSeekService", "namespace": "prod", "name": "chat",
      "uid": "u-1"
    }
  })"));
}

TEST_F(Recorder, EventsHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const char* note : {"one", "two", "three"}) Record(note);
  for (size_t i = 0; i < 3; ++i) names.insert(Sent(i)["metadata"]["name"].get<std::string>());
  EXPECT_EQ(names.size(), 3u);
}

TEST_F(Recorder, ARepeatIsCountedAndWrittenAtMostOnceAMinute) {
  for (int i = 0; i < 12; ++i) {
    Record("the same");
    loop_.Advance(10s);
  }
  EXPECT_EQ(Count("POST"), 1u);
  ASSERT_EQ(Count("PATCH"), 1u);
  EXPECT_THAT(transport_.requests()[1].target, HasSubstr(Sent(0)["metadata"]["name"].get<std::string>()));
  EXPECT_EQ(Sent(1), json::parse(R"({"series": {"count": 7, "lastObservedTime": "2026-01-01T00:01:00.000000Z"}})"));
}

TEST_F(Recorder, ARepeatAfterTenQuietMinutesIsANewEvent) {
  Record("the same");
  loop_.Advance(10min + 1ms);
  Record("the same");
  EXPECT_EQ(Count("POST"), 2u);
}

TEST_F(Recorder, AFloodOfOneObjectIsCutOffAndOthersAreHeard) {
  for (int i = 0; i < 1000; ++i) Record("note " + std::to_string(i));
  EXPECT_EQ(transport_.requests().size(), 15u);
  Record("hello", kOther);
  EXPECT_EQ(transport_.requests().size(), 16u);
  loop_.Advance(1min);
  Record("one a minute");
  Record("and no more");
  EXPECT_EQ(transport_.requests().size(), 17u);
}

TEST_F(Recorder, ForgetsWhatIsGone) {
  Record("the same");
  recorder_.Forget("u-1");
  Record("the same");
  EXPECT_EQ(Count("POST"), 2u);
}

TEST_F(Recorder, CutsANoteAtTheLimitOfTheApi) {
  Record(std::string(1024, 'x'));
  EXPECT_EQ(Sent(0)["note"], std::string(1024, 'x'));
  Record(std::string(1025, 'y'));
  EXPECT_EQ(Sent(1)["note"], std::string(1021, 'y') + "...");
}

TEST_F(Recorder, CutsANoteBetweenCharacters) {
  for (size_t shift = 0; shift < 4; ++shift) {
    std::string note(shift, 'x');
    while (note.size() < 2000) note += "\xF0\x9F\x90\x8B";
    Record(note);
    const auto sent = Sent(shift)["note"].get<std::string>();
    EXPECT_LE(sent.size(), 1024u);
    EXPECT_EQ(sent.find("\xEF\xBF\xBD"), std::string::npos) << "a replacement character";
  }
}

TEST_F(Recorder, AnEventThatCannotBeWrittenIsOnlyLogged) {
  reply_ = Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "events is forbidden"})");
  testing::internal::CaptureStderr();
  Record("one");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("events is forbidden"));
}

TEST_F(Recorder, AnEventThatIsThereAlreadyIsNoFailure) {
  reply_ = Respond(409, R"({"code": 409, "reason": "AlreadyExists", "message": "already exists"})");
  testing::internal::CaptureStderr();
  Record("one");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Recorder, DrainWaitsForTheWritesUnderWay) {
  reply_.delay = 2s;
  Record("one");
  Record("two");
  EXPECT_EQ(transport_.in_flight(), 2);
  RunTask(loop_, recorder_.Drain());
  EXPECT_EQ(transport_.in_flight(), 0);
  RunTask(loop_, recorder_.Drain());
}

}  // namespace
}  // namespace dso::runtime
