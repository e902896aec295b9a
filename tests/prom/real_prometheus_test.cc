// The client and the presets against a real Prometheus: what the documentation does not say, this finds out.
#include <fmt/format.h>

#include <memory>

#include "prom/demand_source.h"
#include "tests/prom/contract.h"
#include "tests/prom/real_server.h"

namespace dso::prom {
namespace {

using State = Reading::State;

// Yesterday, on a full minute: backfilled blocks lie in the past and within the retention.
WallTime HistoryStart() {
  static const WallTime start = std::chrono::floor<std::chrono::minutes>(
      std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now()) - std::chrono::hours(48));
  return start;
}

constexpr int kMinutes = 24 * 60;
// The moment at which the presets are read, between two samples.
WallTime PresetMoment() { return HistoryStart() + std::chrono::hours(2) + seconds(20); }

// Builds a history in OpenMetrics text, whose samples of one metric have to stand together.
class History {
 public:
  void Begin(const std::string& family, const std::string& type) {
    text_ += fmt::format("# TYPE {} {}\n", family, type);
  }
  void Add(const std::string& series, WallTime at, double value) {
    text_ += fmt::format("{} {} {}\n", series, SampleText(value),
                         static_cast<double>(at.time_since_epoch().count()) / 1000.0);
  }
  // A sample each `interval` within `range`, of a value that begins at `first` and rises by `rise` from one to the
  // next.
  void AddSteady(const std::string& series, TimeRange range, seconds interval, double first, double rise) {
    double value = first;
    for (WallTime at = range.start; at <= range.end; at += interval, value += rise) Add(series, at, value);
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

void AddContractSeries(History& history) {
  const TimeRange day{HistoryStart(), HistoryStart() + std::chrono::minutes(kMinutes)};
  history.Begin("contract_minute", "gauge");
  history.AddSteady(R"(contract_minute{namespace="prod",service="chat"})", day, seconds(60), 0, 1);
  history.AddSteady(R"(contract_minute{namespace="prod",service="search"})", day, seconds(60), 100'000, 1);
  history.Begin("contract_nan", "gauge");
  history.AddSteady("contract_nan", day, seconds(60), NAN, 0);
  history.Begin("contract_inf", "gauge");
  history.AddSteady("contract_inf", day, seconds(60), INFINITY, 0);
  history.Begin("contract_up", "gauge");
  history.AddSteady(R"(contract_up{namespace="prod",service="chat",instance="a"})", day, seconds(60), 1, 0);
  history.AddSteady(R"(contract_up{namespace="prod",service="chat",instance="b"})", day, seconds(60), 1, 0);
  history.AddSteady(R"(contract_up{namespace="prod",service="chat",instance="c"})", day, seconds(60), 0, 0);
}

// Services in every state that a reading tells apart, scraped each 15 s around PresetMoment().
void AddPresetSeries(History& history) {
  const WallTime end = PresetMoment() - seconds(5);
  const TimeRange recent{end - seconds(1800), end};
  const seconds scrape(15);
  history.Begin("deepseek_api_requests", "counter");
  const auto counter = [](const char* service, const char* pod, int code) {
    return fmt::format(R"(deepseek_api_requests_total{{namespace="prod",service="{}",pod="{}",code="{}"}})", service,
                       pod, code);
  };
  history.AddSteady(counter("chat", "a", 200), recent, scrape, 0, 15);   // 1/s
  history.AddSteady(counter("chat", "b", 200), recent, scrape, 0, 30);   // 2/s
  history.AddSteady(counter("chat", "b", 429), recent, scrape, 0, 7.5);  // 0.5/s
  history.AddSteady(counter("down", "a", 200), recent, scrape, 0, 15);
  history.Add(counter("young", "a", 200), end, 1);
  history.Add(counter("gone", "a", 200), end - seconds(200), 1);
  // Of the counters a histogram has, those that a mean is made of: one request/s of 2 s, three of 1 s, and none.
  const auto answered = [&history, &recent, scrape](const char* part, double a, double b) {
    history.Begin(fmt::format("deepseek_api_latency_seconds_{}", part), "gauge");
    const auto series = [part](const char* service, const char* pod) {
      return fmt::format(R"(deepseek_api_latency_seconds_{}{{namespace="prod",service="{}",pod="{}"}})", part, service,
                         pod);
    };
    history.AddSteady(series("chat", "a"), recent, scrape, 0, a);
    history.AddSteady(series("chat", "b"), recent, scrape, 0, b);
    history.AddSteady(series("quiet", "a"), recent, scrape, 7, 0);
  };
  answered("sum", 30, 45);
  answered("count", 15, 45);
  history.Begin("vllm:e2e_request_latency_seconds_sum", "gauge");
  history.AddSteady(R"(vllm:e2e_request_latency_seconds_sum{namespace="prod",service="llm"})", recent, scrape, 0, 300);
  history.Begin("vllm:e2e_request_latency_seconds_count", "gauge");
  history.AddSteady(R"(vllm:e2e_request_latency_seconds_count{namespace="prod",service="llm"})", recent, scrape, 0, 15);
  history.Begin("vllm:num_requests_running", "gauge");
  history.AddSteady(R"(vllm:num_requests_running{namespace="prod",service="llm",pod="a"})", recent, scrape, 3, 0);
  history.AddSteady(R"(vllm:num_requests_running{namespace="prod",service="llm",pod="b"})", recent, scrape, 4, 0);
  history.AddSteady(R"(vllm:num_requests_running{namespace="prod",service="old"})",
                    {recent.start, recent.end - seconds(210)}, scrape, 1, 0);
  history.AddSteady(R"(vllm:num_requests_running{namespace="prod",service="nan"})", recent, scrape, NAN, 0);
  history.AddSteady(R"(vllm:num_requests_running{namespace="prod",service="half"})", recent, scrape, 1, 0);
  history.Begin("vllm:num_requests_waiting", "gauge");
  history.AddSteady(R"(vllm:num_requests_waiting{namespace="prod",service="llm",pod="a"})", recent, scrape, 0, 0);
  history.AddSteady(R"(vllm:num_requests_waiting{namespace="prod",service="llm",pod="b"})", recent, scrape, 5, 0);
  history.AddSteady(R"(vllm:num_requests_waiting{namespace="prod",service="old"})",
                    {recent.start, recent.end - seconds(210)}, scrape, 1, 0);
  history.AddSteady(R"(vllm:num_requests_waiting{namespace="prod",service="nan"})", recent, scrape, 1, 0);
  history.Begin("up", "gauge");
  for (const char* service : {"chat", "young", "gone", "quiet", "llm", "old", "nan", "half"}) {
    history.AddSteady(fmt::format(R"(up{{namespace="prod",service="{}",instance="a"}})", service), recent, scrape, 1,
                      0);
  }
  history.AddSteady(R"(up{namespace="prod",service="chat",instance="b"})", recent, scrape, 1, 0);
  history.AddSteady(R"(up{namespace="prod",service="chat",instance="c"})", recent, scrape, 0, 0);
  history.AddSteady(R"(up{namespace="prod",service="quiet",instance="b"})", recent, scrape, 0, 0);
  history.AddSteady(R"(up{namespace="prod",service="down",instance="a"})", recent, scrape, 0, 0);
}

// A primary and a replica each. The replica of PostgreSQL is scraped by two jobs, and its exporter tells of a worker.
void AddBackendSeries(History& history) {
  const WallTime end = PresetMoment() - seconds(5);
  const TimeRange recent{end - seconds(1800), end};
  const auto add = [&](const std::string& series, double value) {
    history.AddSteady(series, recent, seconds(15), value, 0);
  };
  const auto mysql = [](const char* metric, const char* instance) {
    return fmt::format(R"({}{{namespace="prod",service="orders",instance="{}"}})", metric, instance);
  };
  history.Begin("mysql_global_status_threads_connected", "gauge");
  add(mysql("mysql_global_status_threads_connected", "a"), 212);
  add(mysql("mysql_global_status_threads_connected", "b"), 40);
  history.Begin("mysql_global_variables_max_connections", "gauge");
  add(mysql("mysql_global_variables_max_connections", "a"), 500);
  add(mysql("mysql_global_variables_max_connections", "b"), 300);
  const auto postgres = [](const char* instance, const char* rest) {
    return fmt::format(R"(pg_stat_activity_count{{namespace="prod",service="sessions",instance="{}",{}}})", instance,
                       rest);
  };
  history.Begin("pg_stat_activity_count", "gauge");
  add(postgres("a", R"(job="x",datname="app",state="idle")"), 30);
  add(postgres("a", R"(job="x",datname="app",state="active")"), 7);
  add(postgres("a", R"(job="x",datname="postgres",state="idle")"), 1);
  for (const char* job : {"x", "y"}) {
    const std::string client = fmt::format(R"(job="{}",datname="app",state="idle",backend_type="client backend")", job);
    const std::string worker = fmt::format(R"(job="{}",datname="app",state="active",backend_type="worker")", job);
    add(postgres("b", client.c_str()), 25);
    add(postgres("b", worker.c_str()), 50);
  }
  history.Begin("pg_settings_max_connections", "gauge");
  add(R"(pg_settings_max_connections{namespace="prod",service="sessions",instance="a"})", 100);
}

// Started by the first test that needs it. Precondition: RealPrometheus::IsInstalled().
const RealPrometheus& Server() {
  static const RealPrometheus server([] {
    History history;
    AddContractSeries(history);
    AddPresetSeries(history);
    AddBackendSeries(history);
    return history.text();
  }());
  return server;
}

// The live loop with the clock of PresetMoment(): the samples lie in the past.
class LoopInThePast final : public Loop {
 public:
  explicit LoopInThePast(Loop& loop) : loop_(loop) {}
  void Post(std::function<void()> fn) override { loop_.Post(std::move(fn)); }
  TimerId RunAfter(milliseconds delay, std::function<void()> fn) override {
    return loop_.RunAfter(delay, std::move(fn));
  }
  void CancelTimer(TimerId id) override { loop_.CancelTimer(id); }
  SteadyTime Now() const override { return loop_.Now(); }
  WallTime WallNow() const override { return PresetMoment(); }

 private:
  Loop& loop_;
};

class RealSubject {
 public:
  static bool IsAvailable() { return RealPrometheus::IsInstalled(); }
  Loop& loop() { return live_.loop(); }
  http::HttpTransport& transport() { return *transport_; }
  template <typename T>
  T Run(Task<T> task) {
    return live_.Run(std::move(task));
  }
  WallTime start() const { return HistoryStart(); }

 private:
  static std::unique_ptr<http::HttpTransport> Connect(Loop& loop) {
    return *http::CpprestTransport::Create(loop, Server().url(), {});
  }
  LiveLoop live_;
  std::unique_ptr<http::HttpTransport> transport_ = Connect(live_.loop());
};

INSTANTIATE_TYPED_TEST_SUITE_P(Real, PrometheusContract, RealSubject);

class RealPrometheusTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!RealPrometheus::IsInstalled()) GTEST_SKIP() << "Prometheus is not installed here; see real_server.h";
    subject_.emplace();
    past_.emplace(subject_->loop());
    source_.emplace(*past_);
    ServerConfig config;
    config.name = "default";
    config.url = Server().url().ToString();
    config.allow_custom_queries = true;
    ASSERT_TRUE(source_->AddServer(config, subject_->transport()).ok());
  }
  PresetReadings Fetch(Preset preset) {
    const Answer<PresetReadings> readings = subject_->Run(source_->FetchPreset("default", preset, true, {}));
    EXPECT_TRUE(readings.ok()) << readings.error().message;
    return *readings;
  }

  std::optional<RealSubject> subject_;
  std::optional<LoopInThePast> past_;
  std::optional<DemandSource> source_;
};

TEST_F(RealPrometheusTest, ReadsTheCounterPreset) {
  const PresetReadings readings = Fetch(Preset::kDeepseek);
  const Reading chat = readings.Of({"prod", "chat"});
  EXPECT_EQ(chat.state, State::kValue) << chat.message;
  EXPECT_NEAR(chat.value, 3.5, 1e-6);
  EXPECT_NEAR(chat.rejected.value_or(-1), 0.5, 1e-6);
  EXPECT_EQ(chat.sampled_at, PresetMoment() - seconds(5));
  EXPECT_FALSE(chat.waiting);
  EXPECT_NEAR(chat.response_time.value_or(-1), 1.25, 1e-6) << "each request counts once, each pod does not";
  EXPECT_FALSE(readings.Of({"prod", "quiet"}).response_time) << "0 / 0";
  EXPECT_EQ(chat.targets_up, 2);
  EXPECT_EQ(chat.targets, 3);
  EXPECT_EQ(readings.Of({"prod", "quiet"}).state, State::kZero) << readings.Of({"prod", "quiet"}).message;
  EXPECT_EQ(readings.Of({"prod", "quiet"}).targets_up, 1);
  EXPECT_EQ(readings.Of({"prod", "down"}).reason, Reason::kTargetsDown);
  EXPECT_EQ(readings.Of({"prod", "young"}).reason, Reason::kTooFewSamples);
  EXPECT_EQ(readings.Of({"prod", "gone"}).reason, Reason::kStale);
  EXPECT_EQ(readings.Of({"prod", "nobody"}).reason, Reason::kNoTarget);
}

TEST_F(RealPrometheusTest, ReadsTheGaugePreset) {
  const PresetReadings readings = Fetch(Preset::kVllm);
  const Reading llm = readings.Of({"prod", "llm"});
  EXPECT_EQ(llm.state, State::kValue) << llm.message;
  EXPECT_EQ(llm.value, 12);
  EXPECT_EQ(llm.waiting, 5);
  EXPECT_NEAR(llm.response_time.value_or(-1), 20, 1e-6);
  EXPECT_FALSE(llm.rejected);
  EXPECT_EQ(llm.targets_up, 1);
  EXPECT_EQ(llm.targets, 1);
  EXPECT_EQ(llm.sampled_at, PresetMoment() - seconds(5));
  EXPECT_EQ(readings.Of({"prod", "old"}).reason, Reason::kStale);
  EXPECT_EQ(readings.Of({"prod", "nan"}).reason, Reason::kNotANumber);
  EXPECT_EQ(readings.Of({"prod", "half"}).reason, Reason::kTooFewSamples);
}

TEST_F(RealPrometheusTest, AcceptsTheQueriesOfEveryPreset) {
  for (const Preset preset : kPresets) Fetch(preset);
}

TEST_F(RealPrometheusTest, ReadsTheFullestInstanceOfABackendAndTheSmallestLimit) {
  const auto mysql = subject_->Run(source_->FetchBackends("default", Exporter::kMysql, {}));
  ASSERT_TRUE(mysql.ok()) << mysql.error().message;
  EXPECT_EQ(mysql->Of({"prod", "orders"}).in_use, 212);
  EXPECT_EQ(mysql->Of({"prod", "orders"}).limit, 300);
  EXPECT_EQ(mysql->Of({"prod", "orders"}).sampled_at, PresetMoment() - seconds(5));
  const auto postgres = subject_->Run(source_->FetchBackends("default", Exporter::kPostgres, {}));
  ASSERT_TRUE(postgres.ok()) << postgres.error().message;
  EXPECT_EQ(postgres->Of({"prod", "sessions"}).in_use, 38);
  EXPECT_EQ(postgres->Of({"prod", "sessions"}).limit, 100);
}

TEST_F(RealPrometheusTest, ReadsACustomQueryAndAHistory) {
  const Reading reading =
      subject_->Run(source_->FetchCustom("default", R"(sum(contract_minute{service="\x63hat"}))", {}));
  EXPECT_EQ(reading.value, 120) << reading.message;

  class Count final : public HistorySink {
   public:
    void OnPoints(const ServiceKey& service, std::span<const Point> points) override {
      of[service.name] += points.size();
    }
    std::map<std::string, size_t> of;
  } count;
  const HistoryRequest request{
      .server = "default", .range = {PresetMoment() - seconds(1200), PresetMoment()}, .step = seconds(60)};
  const Answer<RangeSummary> summary = subject_->Run(source_->FetchHistory(request, Preset::kDeepseek, count, {}));
  ASSERT_TRUE(summary.ok()) << summary.error().message;
  EXPECT_EQ(count.of["chat"], 21U);
  EXPECT_EQ(count.of["down"], 21U);
}

TEST_F(RealPrometheusTest, TellsAServerThatIsNotThere) {
  http::Url nowhere = Server().url();
  nowhere.port = 1;
  const auto transport = http::CpprestTransport::Create(subject_->loop(), nowhere, {});
  ASSERT_TRUE(transport.ok());
  ServerConfig config;
  config.name = "gone";
  config.url = nowhere.ToString();
  ASSERT_TRUE(source_->AddServer(config, **transport).ok());
  EXPECT_EQ(subject_->Run(source_->FetchPreset("gone", Preset::kVllm, false, {})).reason(), Reason::kUnreachable);
}

}  // namespace
}  // namespace dso::prom
