#include "controller/pod_intake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/url.h"
#include "tests/controller/sample.h"
#include "tests/controller/sample_pods.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::controller {
namespace {

using http::FakeReply;
using http::Request;
using http::Respond;
using kube::Json;
using std::chrono::minutes;
using test::SamplePod;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr const char* kWebPath = "/apis/apps/v1/namespaces/prod/deployments/web";
constexpr const char* kPodsPath = "/api/v1/namespaces/prod/pods";
const kube::ObjectKey kChat{"prod", "chat"};

Json Pod(const std::string& name, const std::vector<const char*>& patches = {}) {
  Json pod = SamplePod();
  for (const char* patch : patches) pod.merge_patch(Json::parse(patch));
  pod["metadata"]["name"] = name;
  pod["metadata"]["uid"] = "u-" + name;
  return pod;
}
Json ReadyPod(const std::string& name) { return Pod(name, {test::kReady}); }
Json Terminating(const std::string& name) { return Pod(name, {test::kReady, test::kTerminating}); }

std::vector<std::string> NamesOf(const ServiceRecord& record) {
  std::vector<std::string> names;
  for (const auto& [name, pod] : record.pods) names.push_back(name);
  return names;
}

class PodIntakeTest : public testing::Test {
 protected:
  // As the controller makes one.
  ServiceRecord& Record(const kube::ObjectKey& key = kChat) {
    auto& record = records_[key];
    if (record == nullptr) {
      record = std::make_shared<ServiceRecord>();
      intake_.Begin(key, *record);
    }
    return *record;
  }
  ServiceRecord& Adopt(const char* target, const std::string& name = "chat") {
    Json object = test::SampleService();
    object["metadata"]["name"] = name;
    object["metadata"]["uid"] = "u-" + name;
    object["metadata"]["resourceVersion"] = std::string(target) + std::to_string(++version_);
    object["spec"].erase("template");
    object["spec"]["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", target}};
    cache_.services.SinkOf("").Put(object);
    ServiceRecord& record = Record({"prod", name});
    Look(name);
    return record;
  }
  void Look(const std::string& name = "chat") {
    const kube::ObjectKey key{"prod", name};
    Prepare(*cache_.services.Get(key), {loop_.Now(), loop_.WallNow()}, *records_.at(key));
  }
  void Read() { RunTask(loop_, intake_.ReadAdopted({})); }
  // As the controller does, a sync apart.
  void ReadFor(milliseconds time) {
    for (const SteadyTime until = loop_.Now() + time; loop_.Now() < until; loop_.Advance(seconds(15))) {
      Read();
      Look();
    }
  }
  std::vector<std::string> Lists() const {
    std::vector<std::string> lists;
    for (const Request& request : transport_.requests()) {
      if (request.target.starts_with(kPodsPath)) lists.push_back(request.target);
    }
    return lists;
  }

  Result<FakeReply> Answer(const Request& request) {
    if (const auto fault = faults_.find(request.target.substr(0, request.target.find('?'))); fault != faults_.end()) {
      return fault->second;
    }
    if (request.target == "/apis/apps/v1") {
      return Respond(200, R"({"resources": [{"name": "deployments", "kind": "Deployment"},
                                            {"name": "deployments/scale", "kind": "Scale"}]})");
    }
    if (request.target.ends_with("/scale")) {
      return Respond(200, Json{{"status", {{"replicas", 1}, {"selector", selector_}}}}.dump());
    }
    if (!request.target.starts_with(kPodsPath)) return Respond(404, R"({"reason": "NotFound", "message": "?"})");
    return List(request.target);
  }
  // `page_` pods at a time; the token is the number of the first.
  FakeReply List(const std::string& target) const {
    size_t from = 0;
    if (const size_t token = target.find("continue="); token != target.npos)
      from = std::stoul(target.substr(token + 9));
    Json list{{"metadata", Json::object()}, {"items", Json::array()}};
    for (size_t i = from; i < std::min(from + page_, pods_.size()); ++i) list["items"].push_back(pods_[i]);
    if (from + page_ < pods_.size()) list["metadata"]["continue"] = std::to_string(from + page_);
    FakeReply reply = Respond(200, list.dump());
    reply.delay = list_takes_;
    return reply;
  }

  FakeLoop loop_{test::kMorning};
  http::FakeTransport transport_{loop_, [this](const Request& request) { return Answer(request); }};
  kube::Client client_{transport_};
  ClusterCache cache_{loop_, client_};
  Records records_;
  PodIntake intake_{loop_, client_, cache_, records_};
  std::vector<Json> pods_;
  std::string selector_ = "app=web,tier in (api)";
  size_t page_ = 250;
  milliseconds list_takes_{0};
  std::map<std::string, FakeReply> faults_;
  int version_ = 0;
};

TEST_F(PodIntakeTest, KnowsPodsThatWereThereBeforeTheRecord) {
  cache_.pods.SinkOf("").Put(Pod("a", {test::kUnschedulable}));
  cache_.pods.SinkOf("").Put(ReadyPod("b"));
  ServiceRecord& record = Record();
  EXPECT_THAT(NamesOf(record), UnorderedElementsAre("a", "b"));
  const decide::StartUpEstimate estimate = record.start_up.Estimate(loop_.WallNow());
  EXPECT_EQ(estimate.batches + estimate.censored, 1) << "of one moment, so one batch";
}

TEST_F(PodIntakeTest, FollowsPodsThatComeAfterTheRecord) {
  ServiceRecord& record = Record();
  cache_.pods.SinkOf("").Put(Pod("a", {test::kUnschedulable}));
  EXPECT_FALSE(record.pods.at("a")->Ready());
  EXPECT_EQ(record.start_up.Estimate(loop_.WallNow()).censored, 1);
  Json ready = ReadyPod("a");
  ready["metadata"]["resourceVersion"] = "2";
  cache_.pods.SinkOf("").Put(ready);
  EXPECT_TRUE(record.pods.at("a")->Ready());
  EXPECT_EQ(record.start_up.Estimate(loop_.WallNow()).batches, 1);
  cache_.pods.SinkOf("").Remove(ready);
  EXPECT_TRUE(record.pods.empty());
  EXPECT_EQ(record.start_up.Estimate(loop_.WallNow()).batches, 1) << "what was learned stays";
}

TEST_F(PodIntakeTest, PodsOfOthersAreTheirs) {
  ServiceRecord& record = Record();
  Json other = Pod("a");
  other["metadata"]["labels"]["deepseek-operator.dev/service"] = "search";
  cache_.pods.SinkOf("").Put(other);
  other["metadata"]["namespace"] = "test";
  other["metadata"]["labels"]["deepseek-operator.dev/service"] = "chat";
  cache_.pods.SinkOf("").Put(other);
  EXPECT_TRUE(record.pods.empty());
}

TEST_F(PodIntakeTest, OneOfATemplateIsNotListed) {
  cache_.services.SinkOf("").Put(test::SampleService());
  Record();
  Look();
  Read();
  EXPECT_THAT(transport_.requests(), SizeIs(0));
}

TEST_F(PodIntakeTest, ListsAdoptedPodsByTheSelectorOfTheScale) {
  pods_ = {ReadyPod("a"), Pod("b", {test::kUnschedulable}), Json::object()};
  ServiceRecord& record = Adopt("web");
  Read();
  EXPECT_THAT(NamesOf(record), UnorderedElementsAre("a", "b"));
  EXPECT_TRUE(record.pods_known);
  ASSERT_THAT(Lists(), SizeIs(1));
  EXPECT_THAT(Lists()[0], HasSubstr("labelSelector=" + http::EncodeComponent(selector_)));
  Look();
  EXPECT_EQ(record.health.ready, 1);
  EXPECT_EQ(record.health.unready, 1);
}

TEST_F(PodIntakeTest, ReadsAllPages) {
  for (int i = 0; i < 7; ++i) pods_.push_back(ReadyPod("p" + std::to_string(i)));
  page_ = 3;
  ServiceRecord& record = Adopt("web");
  Read();
  EXPECT_THAT(record.pods, SizeIs(7));
  EXPECT_THAT(Lists(), SizeIs(3));
  EXPECT_THAT(Lists(), Each(HasSubstr("labelSelector=")));
}

TEST_F(PodIntakeTest, ALaterPageThatFailsLeavesWhatIsKnown) {
  pods_ = {ReadyPod("a")};
  ServiceRecord& record = Adopt("web");
  Read();
  for (int i = 0; i < 4; ++i) pods_.push_back(ReadyPod("p" + std::to_string(i)));
  page_ = 3;
  transport_.set_handler([this](const Request& request) -> Result<FakeReply> {
    if (request.target.find("continue=") == request.target.npos) return Answer(request);
    return Respond(410, R"({"code": 410, "reason": "Expired", "message": "the token has expired"})");
  });
  loop_.Advance(minutes(1));
  Read();
  EXPECT_THAT(NamesOf(record), UnorderedElementsAre("a"));
}

TEST_F(PodIntakeTest, LearnsFromWhatHasChangedBetweenTwoLists) {
  pods_ = {Pod("ready", {test::kUnschedulable}), Pod("gone", {test::kUnschedulable}), ReadyPod("stays")};
  ServiceRecord& record = Adopt("web");
  Read();
  loop_.Advance(minutes(5));
  pods_ = {ReadyPod("ready"), ReadyPod("stays"), Terminating("late")};
  Read();
  EXPECT_THAT(NamesOf(record), UnorderedElementsAre("ready", "stays", "late"));
  EXPECT_EQ(record.start_up.Estimate(loop_.WallNow()).batches, 0) << "one of the batch was given up after five minutes";
  EXPECT_EQ(record.start_up.Estimate(loop_.WallNow()).censored, 1);
  EXPECT_EQ(record.start_up.Size(), 3u) << "two pods and their batch";
}

TEST_F(PodIntakeTest, APodMadeAnewUnderItsNameIsAnother) {
  pods_ = {Pod("web-0", {test::kUnschedulable})};
  ServiceRecord& record = Adopt("web");
  Read();
  loop_.Advance(minutes(5));
  Json anew = ReadyPod("web-0");
  anew["metadata"]["uid"] = "u-2";
  pods_ = {anew};
  Read();
  EXPECT_THAT(record.pods, SizeIs(1));
  EXPECT_EQ(record.start_up.Size(), 2u) << "the old one is forgotten, the batch and the new one are not";
}

TEST_F(PodIntakeTest, WhatCannotBeReadStaysAsItWas) {
  pods_ = {ReadyPod("a")};
  ServiceRecord& record = Adopt("web");
  Read();
  pods_.clear();
  const FakeReply forbidden = Respond(403, R"({"code": 403, "reason": "Forbidden", "message": "no"})");
  for (const std::string path : {"/apis/apps/v1", "/apis/apps/v1/namespaces/prod/deployments/web/scale", kPodsPath}) {
    SCOPED_TRACE(path);
    faults_ = {{path, forbidden}};
    loop_.Advance(minutes(10));
    Read();
    EXPECT_THAT(record.pods, SizeIs(1));
    EXPECT_TRUE(record.pods_known);
  }
  faults_.clear();
  Read();
  EXPECT_THAT(record.pods, SizeIs(0));
}

TEST_F(PodIntakeTest, AScaleWithoutASelectorLeavesThePodsUnknown) {
  pods_ = {ReadyPod("a")};
  selector_ = "";
  ServiceRecord& record = Adopt("web");
  Read();
  EXPECT_FALSE(record.pods_known);
  EXPECT_THAT(Lists(), SizeIs(0)) << "an empty selector would be all pods of the namespace";
}

TEST_F(PodIntakeTest, AsksNoMoreThanFourAtOnce) {
  list_takes_ = seconds(2);
  for (int i = 0; i < 20; ++i) Adopt(("web-" + std::to_string(i)).c_str(), "chat-" + std::to_string(i));
  Read();
  EXPECT_EQ(transport_.max_in_flight(), 4);
  EXPECT_THAT(Lists(), SizeIs(20));
}

TEST_F(PodIntakeTest, ReadsSettledPodsOnceAMinuteAndOthersEachSync) {
  pods_ = {ReadyPod("a")};
  Adopt("web");
  ReadFor(minutes(10));
  EXPECT_THAT(Lists(), SizeIs(10));
  pods_.push_back(Pod("b", {test::kUnschedulable}));
  loop_.Advance(minutes(1));
  ReadFor(seconds(15));
  transport_.ClearRequests();
  ReadFor(minutes(10));
  EXPECT_THAT(Lists(), SizeIs(40));
}

TEST_F(PodIntakeTest, AsksAgainAtTheNextSyncAfterAFailure) {
  Adopt("web");
  faults_ = {{kPodsPath, Respond(500, "{}")}};
  ReadFor(minutes(1));
  EXPECT_THAT(Lists(), SizeIs(4));
}

TEST_F(PodIntakeTest, AListOfTheTargetBeforeIsDropped) {
  pods_ = {ReadyPod("of-web")};
  list_takes_ = seconds(5);
  ServiceRecord& record = Adopt("web");
  Spawn(intake_.ReadAdopted({}));
  loop_.Advance(seconds(1));
  Adopt("api");
  loop_.Advance(seconds(10));
  EXPECT_FALSE(record.pods_known);
  EXPECT_TRUE(record.pods.empty());
}

TEST_F(PodIntakeTest, AServiceThatIsGoneMeanwhileIsNoMatter) {
  pods_ = {ReadyPod("a")};
  list_takes_ = seconds(5);
  Adopt("web");
  Spawn(intake_.ReadAdopted({}));
  loop_.Advance(seconds(1));
  records_.clear();
  loop_.Advance(seconds(10));
  EXPECT_EQ(transport_.in_flight(), 0);
}

TEST_F(PodIntakeTest, NothingIsAskedAfterAStop) {
  Adopt("web");
  std::stop_source stop;
  stop.request_stop();
  RunTask(loop_, intake_.ReadAdopted(stop.get_token()));
  EXPECT_THAT(transport_.requests(), SizeIs(0));
}

// Between a list and the next look the health is that of before.
TEST_F(PodIntakeTest, AReadingBetweenAListAndALookSeesReadyPods) {
  pods_ = {ReadyPod("a"), ReadyPod("b")};
  ServiceRecord& record = Adopt("web");
  Read();
  prom::Reading reading = test::Value(10);
  reading.rejected = 8;
  TakeReading(reading, loop_.WallNow(), seconds(120), loop_.Now(), record);
  EXPECT_FALSE(record.asked.saturated) << "two replicas that carry ten each have room";
}

}  // namespace
}  // namespace dso::controller
