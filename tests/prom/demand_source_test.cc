#include "prom/demand_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tests/prom/fake_prometheus.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::prom {
namespace {

using testing::HasSubstr;
using State = Reading::State;

class RecordingSink final : public HistorySink {
 public:
  void OnPoints(const ServiceKey& service, std::span<const Point> points) override {
    std::vector<Point>& all = services[service];
    all.insert(all.end(), points.begin(), points.end());
    largest_delivery = std::max(largest_delivery, points.size());
  }
  void OnChunkEnd(WallTime complete_until) override { chunk_ends.push_back(complete_until); }

  std::map<ServiceKey, std::vector<Point>> services;
  std::vector<WallTime> chunk_ends;
  size_t largest_delivery = 0;
};

class DemandSourceTest : public testing::Test {
 protected:
  DemandSourceTest() {
    ServerConfig config;
    config.name = "default";
    config.url = "http://prometheus:9090";
    config.allow_custom_queries = true;
    EXPECT_TRUE(source_.AddServer(config, transport_).ok());
    config.name = "strict";
    config.allow_custom_queries = false;
    EXPECT_TRUE(source_.AddServer(config, transport_).ok());
  }

  double SecondsAgo(seconds age) const {
    return static_cast<double>((loop_.WallNow() - age).time_since_epoch().count()) / 1000.0;
  }
  static FakePrometheus::FakeSeries Targets(const std::string& name, const std::string& up, double count) {
    FakePrometheus::FakeSeries series = Service(name, count);
    series.labels["up"] = up;
    return series;
  }
  static FakePrometheus::FakeSeries Service(const std::string& name, double value) {
    return {Of("prod", name), FakePrometheus::Constant(value)};
  }
  Answer<PresetReadings> Fetch(Preset preset = Preset::kDeepseek, bool with_response_times = false) {
    return RunTask(loop_, source_.FetchPreset("default", preset, with_response_times, {}));
  }
  Reading FetchCustom(std::string expr, std::string server = "default") {
    return RunTask(loop_, source_.FetchCustom(std::move(server), std::move(expr), {}));
  }
  HistoryRequest Minutes(int64_t points) const {
    return {.server = "default",
            .range = {loop_.WallNow() - seconds(60) * (points - 1), loop_.WallNow()},
            .step = seconds(60)};
  }

  FakeLoop loop_;
  FakePrometheus prometheus_;
  http::FakeTransport transport_{loop_, prometheus_.Handler()};
  DemandSource source_{loop_};
  PresetQueries deepseek_ = *RenderQueries(Preset::kDeepseek, LabelNames{});
  RecordingSink sink_;
};

TEST_F(DemandSourceTest, ReadsAllServicesOfAPresetAtOnce) {
  prometheus_.Define(deepseek_.demand, {Service("chat", 12), Service("broken", NAN), Service("down", 3)});
  prometheus_.Define(*deepseek_.rejected, {Service("chat", 2)});
  prometheus_.Define(deepseek_.freshness, {Service("chat", SecondsAgo(seconds(9)))});
  prometheus_.Define(deepseek_.targets,
                     {Service("chat", SecondsAgo(seconds(9))), Service("quiet", SecondsAgo(seconds(4))),
                      Service("broken", SecondsAgo(seconds(4))), Service("down", 0)});
  prometheus_.Define(deepseek_.target_counts, {Targets("chat", "1", 2), Targets("chat", "0", 1)});
  const Answer<PresetReadings> readings = Fetch();
  ASSERT_TRUE(readings.ok()) << readings.error().message;
  EXPECT_EQ(readings->at, FakeLoop::kDefaultStart);
  const Reading chat = readings->Of({"prod", "chat"});
  EXPECT_EQ(chat.state, State::kValue);
  EXPECT_EQ(chat.value, 12);
  EXPECT_EQ(chat.rejected, 2);
  EXPECT_FALSE(chat.waiting);
  EXPECT_EQ(chat.targets_up, 2);
  EXPECT_EQ(chat.targets, 3);
  EXPECT_EQ(chat.sampled_at, FakeLoop::kDefaultStart - seconds(9));
  EXPECT_EQ(readings->Of({"prod", "quiet"}).state, State::kZero);
  EXPECT_EQ(readings->Of({"prod", "broken"}).reason, Reason::kNotANumber);
  EXPECT_EQ(readings->Of({"prod", "down"}).reason, Reason::kTargetsDown);
  EXPECT_EQ(readings->Of({"prod", "nobody"}).reason, Reason::kNoTarget);
  EXPECT_EQ(readings->Of({"other", "chat"}).reason, Reason::kNoTarget);
}

TEST_F(DemandSourceTest, AsksConcurrentlyForOneMoment) {
  ASSERT_TRUE(Fetch().ok());
  ASSERT_EQ(transport_.requests().size(), 5U);
  EXPECT_EQ(transport_.max_in_flight(), 5);
  for (const http::Request& request : transport_.requests()) {
    EXPECT_EQ(FakePrometheus::ParseForm(request.body).at("time"),
              FakePrometheus::ParseForm(transport_.requests().front().body).at("time"));
  }
  transport_.ClearRequests();
  ASSERT_TRUE(Fetch(Preset::kVllm).ok());
  EXPECT_EQ(transport_.requests().size(), 5U);
}

TEST_F(DemandSourceTest, AsksAboutItsNamespacesOnly) {
  DemandSource source(loop_, {"prod", "test"});
  ServerConfig config;
  config.name = "default";
  config.url = "http://prometheus:9090";
  ASSERT_TRUE(source.AddServer(config, transport_).ok());
  ASSERT_TRUE(RunTask(loop_, source.FetchPreset("default", Preset::kDeepseek, true, {})).ok());
  ASSERT_TRUE(RunTask(loop_, source.FetchBackends("default", Exporter::kMysql, {})).ok());
  ASSERT_TRUE(RunTask(loop_, source.FetchHistory(Minutes(10), Preset::kVllm, sink_, {})).ok());
  EXPECT_GE(transport_.requests().size(), 6U + 3U + 1U);
  for (const http::Request& request : transport_.requests()) {
    EXPECT_THAT(FakePrometheus::ParseForm(request.body).at("query"), HasSubstr(R"(namespace=~"prod|test")"));
  }
}

TEST_F(DemandSourceTest, FailsAsAWholeWhenAQuestionFails) {
  for (const std::string& failing : {deepseek_.demand, deepseek_.freshness, deepseek_.targets}) {
    transport_.set_handler([&](const http::Request& request) -> Result<http::FakeReply> {
      if (FakePrometheus::ParseForm(request.body).at("query") == failing) return http::Respond(503, "");
      return prometheus_.Handler()(request);
    });
    const Answer<PresetReadings> readings = Fetch();
    EXPECT_EQ(readings.reason(), Reason::kUnavailable) << failing;
  }
}

TEST_F(DemandSourceTest, ReadsTheQueueOfAnEngine) {
  const PresetQueries vllm = *RenderQueries(Preset::kVllm, LabelNames{});
  prometheus_.Define(vllm.demand, {Service("llm", 12), Service("old", 4)});
  prometheus_.Define(*vllm.waiting, {Service("llm", 5)});
  const Answer<PresetReadings> readings = Fetch(Preset::kVllm);
  ASSERT_TRUE(readings.ok()) << readings.error().message;
  EXPECT_EQ(readings->Of({"prod", "llm"}).waiting, 5);
  EXPECT_FALSE(readings->Of({"prod", "llm"}).rejected);
  EXPECT_FALSE(readings->Of({"prod", "old"}).waiting);
}

TEST_F(DemandSourceTest, ReadsAllBackendsOfAnExporterAtOnce) {
  const BackendQueries mysql = *RenderBackendQueries(Exporter::kMysql, LabelNames{});
  prometheus_.Define(mysql.in_use, {Service("orders", 212)});
  prometheus_.Define(mysql.limit, {Service("orders", 500), Service("users", 100)});
  prometheus_.Define(mysql.freshness, {Service("orders", SecondsAgo(seconds(9)))});
  const auto readings = RunTask(loop_, source_.FetchBackends("strict", Exporter::kMysql, {}));
  ASSERT_TRUE(readings.ok()) << readings.error().message;
  EXPECT_EQ(transport_.max_in_flight(), 3);
  EXPECT_EQ(readings->at, FakeLoop::kDefaultStart);
  EXPECT_EQ(readings->Of({"prod", "orders"}).in_use, 212);
  EXPECT_EQ(readings->Of({"prod", "orders"}).limit, 500);
  EXPECT_EQ(readings->Of({"prod", "users"}).limit, 100);
  EXPECT_EQ(readings->Of({"other", "orders"}).reason, Reason::kNoSeries);
}

TEST_F(DemandSourceTest, FailsAsAWholeWhenAQuestionAboutBackendsFails) {
  const BackendQueries postgres = *RenderBackendQueries(Exporter::kPostgres, LabelNames{});
  for (const std::string& failing : {postgres.in_use, postgres.limit, postgres.freshness}) {
    transport_.set_handler([&](const http::Request& request) -> Result<http::FakeReply> {
      if (FakePrometheus::ParseForm(request.body).at("query") == failing) return http::Respond(503, "");
      return prometheus_.Handler()(request);
    });
    const auto readings = RunTask(loop_, source_.FetchBackends("default", Exporter::kPostgres, {}));
    EXPECT_EQ(readings.reason(), Reason::kUnavailable) << failing;
  }
  const auto nowhere = RunTask(loop_, source_.FetchBackends("nowhere", Exporter::kPostgres, {}));
  EXPECT_EQ(nowhere.reason(), Reason::kUnknownServer);
}

TEST_F(DemandSourceTest, ReadsResponseTimesWhereTheyAreAskedFor) {
  prometheus_.Define(deepseek_.demand, {Service("chat", 12), Service("idle", 0), Service("new", 1)});
  prometheus_.Define(deepseek_.response_time, {Service("chat", 1.2), Service("idle", NAN)});
  const Answer<PresetReadings> readings = Fetch(Preset::kDeepseek, true);
  ASSERT_TRUE(readings.ok()) << readings.error().message;
  EXPECT_EQ(readings->Of({"prod", "chat"}).response_time, 1.2);
  EXPECT_EQ(readings->Of({"prod", "idle"}).response_time, std::nullopt) << "0 / 0: nothing was answered";
  EXPECT_EQ(readings->Of({"prod", "new"}).response_time, std::nullopt);
  EXPECT_EQ(Fetch()->Of({"prod", "chat"}).response_time, std::nullopt) << "not asked for";
}

TEST_F(DemandSourceTest, LivesWithoutWhatStandsBesideTheDemand) {
  const PresetQueries vllm = *RenderQueries(Preset::kVllm, LabelNames{});
  for (const std::string& demand : {deepseek_.demand, vllm.demand}) prometheus_.Define(demand, {Service("chat", 12)});
  prometheus_.Define(*deepseek_.rejected, {Service("chat", 2)});
  prometheus_.Define(*vllm.waiting, {Service("chat", 2)});
  prometheus_.Define(vllm.target_counts, {Targets("chat", "1", 2)});
  const auto reading_without = [&](const std::string& failing, Preset preset) {
    transport_.set_handler([&](const http::Request& request) -> Result<http::FakeReply> {
      if (FakePrometheus::ParseForm(request.body).at("query") == failing) return http::Respond(503, "");
      return prometheus_.Handler()(request);
    });
    const Answer<PresetReadings> readings = Fetch(preset);
    EXPECT_TRUE(readings.ok()) << failing;
    const Reading reading = readings.ok() ? readings->Of({"prod", "chat"}) : Reading{};
    EXPECT_EQ(reading.value, 12) << failing;
    return reading;
  };
  const Reading no_rejected = reading_without(*deepseek_.rejected, Preset::kDeepseek);
  EXPECT_FALSE(no_rejected.rejected);
  EXPECT_EQ(no_rejected.targets_up, 2);
  const Reading no_waiting = reading_without(*vllm.waiting, Preset::kVllm);
  EXPECT_FALSE(no_waiting.waiting);
  EXPECT_EQ(no_waiting.targets_up, 2);
  const Reading no_counts = reading_without(vllm.target_counts, Preset::kVllm);
  EXPECT_EQ(no_counts.waiting, 2);
  EXPECT_FALSE(no_counts.targets_up);
  EXPECT_FALSE(no_counts.targets);
}

TEST_F(DemandSourceTest, NamesTheKnownServers) {
  const Answer<PresetReadings> readings = RunTask(loop_, source_.FetchPreset("thanos", Preset::kVllm, false, {}));
  EXPECT_EQ(readings.reason(), Reason::kUnknownServer);
  EXPECT_THAT(readings.error().message, HasSubstr("default, strict"));
}

TEST_F(DemandSourceTest, RefusesAServerTwiceAndABadOne) {
  ServerConfig config;
  config.name = "default";
  config.url = "http://elsewhere";
  EXPECT_EQ(source_.AddServer(config, transport_).error().code, ErrorCode::kAlreadyExists);
  config.name = "Bad Name";
  EXPECT_EQ(source_.AddServer(config, transport_).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(DemandSourceTest, TakesCustomQueriesOnlyWhereTheAdministratorAllowsThem) {
  prometheus_.Define("my_query", {{Labels{}, FakePrometheus::Constant(7)}});
  EXPECT_EQ(FetchCustom("my_query").value, 7);
  EXPECT_EQ(FetchCustom("8").value, 8);

  transport_.ClearRequests();
  const Reading refused = FetchCustom("my_query", "strict");
  EXPECT_EQ(refused.reason, Reason::kCustomNotAllowed);
  EXPECT_THAT(refused.message, HasSubstr("allowCustomQueries"));
  HistoryRequest history = Minutes(10);
  history.server = "strict";
  EXPECT_EQ(RunTask(loop_, source_.FetchCustomHistory(history, "my_query", sink_, {})).reason(),
            Reason::kCustomNotAllowed);
  EXPECT_TRUE(transport_.requests().empty());
}

TEST_F(DemandSourceTest, ReportsWhatIsWrongWithACustomQuery) {
  prometheus_.Define("two", {Service("a", 1), Service("b", 2)});
  prometheus_.DefineRangeVector("up[5m]");
  EXPECT_EQ(FetchCustom("none").reason, Reason::kNoSeries);
  EXPECT_EQ(FetchCustom("two").reason, Reason::kSeveralSeries);
  EXPECT_EQ(FetchCustom("sum(").reason, Reason::kBadQuery);
  EXPECT_EQ(FetchCustom("up[5m]").reason, Reason::kWrongType);
  EXPECT_EQ(FetchCustom("\"text\"").reason, Reason::kWrongType);
}

TEST_F(DemandSourceTest, BoundsTheConcurrencyOfCustomQueries) {
  transport_.set_handler([&](const http::Request& request) -> Result<http::FakeReply> {
    Result<http::FakeReply> reply = prometheus_.Handler()(request);
    reply->delay = seconds(1);
    return reply;
  });
  int values = 0;
  const auto fetch = [&]() -> Task<void> {
    const Reading reading = co_await source_.FetchCustom("default", "5", {});
    if (reading.value == 5) ++values;
  };
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(fetch());
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_EQ(values, 100);
  EXPECT_EQ(transport_.max_in_flight(), ServerConfig{}.max_concurrent_queries);
}

TEST_F(DemandSourceTest, BoundsTheAnswerOfACustomQuery) {
  const auto answer = [](size_t bytes) {
    return R"({"status":"success","data":{"resultType":"vector","result":[]},"padding":")" + std::string(bytes, 'x') +
           "\"}";
  };
  transport_.set_handler([&](const http::Request&) { return http::Respond(200, answer(size_t{1} << 20)); });
  EXPECT_EQ(FetchCustom("giant").reason, Reason::kTooLarge);
  EXPECT_EQ(RunTask(loop_, source_.FetchByPod("default", "giant", {})).reason(), Reason::kNoSeries);
  transport_.set_handler([&](const http::Request&) { return http::Respond(200, answer(size_t{8} << 20)); });
  EXPECT_EQ(RunTask(loop_, source_.FetchByPod("default", "giant", {})).reason(), Reason::kTooLarge);
}

TEST_F(DemandSourceTest, StopsWhenAsked) {
  std::stop_source stop;
  transport_.set_handler([&](const http::Request& request) -> Result<http::FakeReply> {
    Result<http::FakeReply> reply = prometheus_.Handler()(request);
    reply->delay = seconds(10);
    return reply;
  });
  loop_.RunAfter(seconds(1), [&] { stop.request_stop(); });
  const Answer<PresetReadings> readings =
      RunTask(loop_, source_.FetchPreset("default", Preset::kVllm, false, stop.get_token()));
  EXPECT_EQ(readings.reason(), Reason::kCancelled);
  EXPECT_EQ(loop_.WallNow(), FakeLoop::kDefaultStart + seconds(1));
}

TEST_F(DemandSourceTest, ReadsTheHistoryOfAllServicesInBoundedChunks) {
  std::vector<FakePrometheus::FakeSeries> services;
  for (int i = 0; i < 200; ++i) services.push_back(Service("s" + std::to_string(i), i));
  prometheus_.Define(deepseek_.demand, services);
  prometheus_.set_chunk_bytes(16 << 10);
  const Answer<RangeSummary> summary =
      RunTask(loop_, source_.FetchHistory(Minutes(3'000), Preset::kDeepseek, sink_, {}));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(summary->series, 200U);
  EXPECT_EQ(summary->points, 200 * 3'000);
  EXPECT_EQ(summary->chunks, 2);  // of 2,500 points: 500,000 among 200
  EXPECT_EQ(sink_.largest_delivery, 2'500U);
  EXPECT_EQ(sink_.services.size(), 200U);
  EXPECT_EQ(sink_.chunk_ends.back(), loop_.WallNow());
  for (const auto& [service, points] : sink_.services) ASSERT_EQ(points.size(), 3'000U) << service.name;
}

TEST_F(DemandSourceTest, LeavesOutOfAHistoryWhatIsNoDemand) {
  const WallTime start = loop_.WallNow() - seconds(60) * 9;
  prometheus_.Define(deepseek_.demand, {{Of("prod", "chat"),
                                         [start](WallTime at) -> std::optional<double> {
                                           const int64_t minute = (at - start) / seconds(60);
                                           if (minute == 2) return std::nullopt;
                                           if (minute == 4) return NAN;
                                           if (minute == 5) return -1;
                                           return static_cast<double>(minute);
                                         }},
                                        {Of("prod", "nan"), FakePrometheus::Constant(NAN)},
                                        {{{"namespace", "prod"}}, FakePrometheus::Constant(1)}});
  ASSERT_TRUE(RunTask(loop_, source_.FetchHistory(Minutes(10), Preset::kDeepseek, sink_, {})).ok());
  ASSERT_EQ(sink_.services.size(), 1U);
  std::vector<double> values;
  for (const Point& point : sink_.services.at({"prod", "chat"})) values.push_back(point.value);
  EXPECT_THAT(values, testing::ElementsAre(0, 1, 3, 6, 7, 8, 9));
}

TEST_F(DemandSourceTest, StartsAHistoryCarefullyWhenNeitherEndHasSeries) {
  prometheus_.Define(deepseek_.demand, {{Of("prod", "chat"), [&](WallTime at) -> std::optional<double> {
                                           const milliseconds age = loop_.WallNow() - at;
                                           if (age < seconds(600) || age > seconds(60'000)) return std::nullopt;
                                           return 1;
                                         }}});
  ASSERT_TRUE(RunTask(loop_, source_.FetchHistory(Minutes(2'000), Preset::kDeepseek, sink_, {})).ok());
  EXPECT_EQ(sink_.chunk_ends.size(), 4U);  // of 500 points
  EXPECT_EQ(sink_.services.at({"prod", "chat"}).size(), 991U);
}

TEST_F(DemandSourceTest, ReadsTheHistoryOfACustomQuery) {
  prometheus_.Define("my_query", {{Labels{}, FakePrometheus::Constant(7)}});
  prometheus_.Define("two", {Service("a", 1), Service("b", 2)});
  const Answer<RangeSummary> summary =
      RunTask(loop_, source_.FetchCustomHistory(Minutes(20'000), "my_query", sink_, {}));
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->chunks, 2);
  EXPECT_EQ(sink_.services.at(ServiceKey{}).size(), 20'000U);
  EXPECT_EQ(RunTask(loop_, source_.FetchCustomHistory(Minutes(10), "two", sink_, {})).reason(), Reason::kSeveralSeries);
}

// Whatever bytes arrive, each call ends with a result.
TEST_F(DemandSourceTest, SurvivesMutatedAnswers) {
  prometheus_.Define(deepseek_.demand, {Service("chat", 12), Service("search", 3)});
  prometheus_.Define(deepseek_.targets, {Service("chat", SecondsAgo(seconds(1)))});
  std::mt19937 random(4711);
  transport_.set_handler([&](const http::Request& request) -> Result<http::FakeReply> {
    Result<http::FakeReply> reply = prometheus_.Handler()(request);
    std::string& body = reply->response.body;
    const size_t at = random() % body.size();
    if (random() % 2 == 0) {
      body[at] = static_cast<char>(random() % 256);
    } else {
      body.erase(at, 1 + random() % 10);
    }
    return reply;
  });
  int failures = 0;
  for (int round = 0; round < 1'000; ++round) {
    if (!Fetch().ok()) ++failures;
    if (!RunTask(loop_, source_.FetchHistory(Minutes(3), Preset::kDeepseek, sink_, {})).ok()) ++failures;
  }
  EXPECT_GT(failures, 500);
}

}  // namespace
}  // namespace dso::prom
