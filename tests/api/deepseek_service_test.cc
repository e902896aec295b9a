#include "api/deepseek_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service_json.h"

namespace dso::api {
namespace {

using nlohmann::json;
using test::Complaint;
using test::FullSpec;
using test::LeastSpec;
using test::ServiceWithSpec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

ServiceSpec MustRead(const json& spec) {
  auto service = FromJson(ServiceWithSpec(spec));
  EXPECT_TRUE(service.ok());
  EXPECT_TRUE(service->spec.ok()) << service->spec.error().message;
  return *service->spec;
}

TEST(DeepSeekServiceTest, FillsInDefaults) {
  const ServiceSpec spec = MustRead(LeastSpec());
  const auto& workload = std::get<OwnedWorkload>(spec.workload);
  EXPECT_EQ(workload.pod_template.Parse(), json::parse(test::kTemplate));
  EXPECT_TRUE(workload.strategy.empty());
  EXPECT_EQ(workload.min_ready_seconds, 0);
  EXPECT_FALSE(workload.service.has_value());
  EXPECT_EQ(spec.replicas, (ReplicaBounds{1, 5}));
  EXPECT_TRUE(spec.autoscaling.metrics.empty());
  EXPECT_TRUE(spec.autoscaling.behavior.empty());
  EXPECT_EQ(spec.autoscaling.scale_down_window, 300s);
  EXPECT_FALSE(spec.demand.has_value());
  EXPECT_FALSE(spec.capacity.has_value());
  EXPECT_EQ(spec.prediction.mode, PredictionMode::kActive);
  EXPECT_EQ(spec.prediction.quantile, 0.9);
  EXPECT_EQ(spec.prediction.lead_time, std::nullopt) << "learned";
  EXPECT_EQ(spec.prediction.history, std::chrono::days(28));
  EXPECT_THAT(spec.prediction.seasons, IsEmpty());
  EXPECT_EQ(spec.prediction.time_zone, "UTC");
  EXPECT_THAT(spec.prediction.events, IsEmpty());
  EXPECT_THAT(spec.prediction.holidays, IsEmpty());
  EXPECT_EQ(spec.prediction.max_raise, std::nullopt);
  EXPECT_EQ(spec.prediction.max_release, (PaceLimit{1, 20, 1min}));
  EXPECT_EQ(spec.autoscaling.adopted, std::nullopt);
  EXPECT_EQ(spec.override_floor, std::nullopt);
  EXPECT_EQ(spec.deletion_policy, DeletionPolicy::kDelete);
  EXPECT_EQ(spec.disruption_budget, std::nullopt);
  EXPECT_THAT(spec.connection_pools, IsEmpty());
  EXPECT_FALSE(spec.istio);
}

TEST(DeepSeekServiceTest, ReadsEveryField) {
  const ServiceSpec spec = MustRead(FullSpec());
  const auto& workload = std::get<OwnedWorkload>(spec.workload);
  EXPECT_EQ(workload.strategy.text(), R"({"rollingUpdate":{"maxSurge":1},"type":"RollingUpdate"})");
  EXPECT_EQ(workload.min_ready_seconds, 10);
  EXPECT_EQ(workload.service, (ServicePort{80, "http"}));
  EXPECT_EQ(spec.replicas, (ReplicaBounds{3, 50}));
  EXPECT_EQ(spec.autoscaling.metrics.Parse(), FullSpec()["autoscaling"]["metrics"]);
  EXPECT_EQ(spec.autoscaling.behavior.Parse(), FullSpec()["autoscaling"]["behavior"]);
  EXPECT_EQ(spec.autoscaling.scale_down_window, 120s);
  EXPECT_EQ(spec.demand, (DemandSpec{std::nullopt, "sum(x{ns=\"{{namespace}}\"})", "requests/s", "eu"}));
  EXPECT_EQ(spec.capacity, CapacitySpec(CapacityFormula{8, 4, 1200ms, 2}));
  EXPECT_EQ(spec.prediction.mode, PredictionMode::kShadow);
  EXPECT_EQ(spec.prediction.quantile, 0.95);
  EXPECT_EQ(spec.prediction.lead_time, 4min);
  EXPECT_EQ(spec.prediction.history, std::chrono::days(21));
  EXPECT_THAT(spec.prediction.seasons, ElementsAre(24h, 168h)) << "the shorter one first";
  EXPECT_EQ(spec.prediction.time_zone, "Asia/Shanghai");
  const WallTime launch = *ParseTime("2026-12-01T09:00:00Z");
  EXPECT_THAT(spec.prediction.events,
              ElementsAre(EventSpec{"launch", OneOffSpec{launch, launch + 3h}, 2.5, 0},
                          EventSpec{"market-open", RecurringSpec{"30 9 * * 1-5", "Europe/London", 1h}, 1, 20}));
  EXPECT_THAT(spec.prediction.holidays, ElementsAre(1, 20'819)) << "the earlier one first";
  EXPECT_EQ(spec.prediction.max_raise, (PaceLimit{10, 200, 2min}));
  EXPECT_EQ(spec.prediction.max_release, (PaceLimit{2, 30, 90s}));
  EXPECT_EQ(spec.override_floor, (OverrideSpec{40, *ParseTime("2026-12-01T18:00:00Z"), "incident 4711"}));
  EXPECT_EQ(spec.deletion_policy, DeletionPolicy::kRetain);
  EXPECT_EQ(spec.disruption_budget, DisruptionBudget{"25%"});
  const Backend backend{"mysql-orders", 500, 20, 60, 10min, BackendExporter::kMysql};
  EXPECT_THAT(spec.connection_pools, ElementsAre(ConnectionPool{"orders-db", backend, 2, PoolBounds{3, 50}, 300ms,
                                                                PoolClient::kHikari, "ORDERS_"}));
  EXPECT_TRUE(spec.istio);
}

TEST(DeepSeekServiceTest, ReadsATargetRef) {
  json spec = LeastSpec();
  spec.erase("template");
  spec["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "StatefulSet"}, {"name", "chat"}};
  EXPECT_EQ(std::get<TargetRef>(MustRead(spec).workload), (TargetRef{"apps/v1", "StatefulSet", "chat"}));
}

TEST(DeepSeekServiceTest, AdoptsAnAutoscalerOfATarget) {
  json spec = LeastSpec();
  spec.erase("template");
  spec["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "chat"}};
  using Kind = AdoptedAutoscaler::Kind;
  for (const auto& [field, kind] :
       {std::pair{"hpaRef", Kind::kHorizontalPodAutoscaler}, {"scaledObjectRef", Kind::kScaledObject}}) {
    spec["autoscaling"] = {{field, {{"name", "existing"}}}};
    EXPECT_EQ(MustRead(spec).autoscaling.adopted, (AdoptedAutoscaler{kind, "existing"}));
  }
}

TEST(DeepSeekServiceTest, ReadsALearnedCapacity) {
  json spec = LeastSpec();
  spec["capacity"] = {{"learned", {{"min", "5"}, {"max", "40.5"}}}};
  EXPECT_EQ(MustRead(spec).capacity, CapacitySpec(LearnedCapacity{5, 40.5, 75}));
  spec["capacity"]["targetUtilizationPercent"] = 60;
  EXPECT_EQ(MustRead(spec).capacity, CapacitySpec(LearnedCapacity{5, 40.5, 60}));
}

TEST(DeepSeekServiceTest, AScheduleIsReadInUtcUnlessItSaysOtherwise) {
  json spec = LeastSpec();
  spec["prediction"] = {
      {"timeZone", "Asia/Shanghai"},
      {"events", {{{"name", "daily"}, {"schedule", "0 9 * * *"}, {"duration", "1h"}, {"multiplier", "2"}}}}};
  EXPECT_EQ(std::get<RecurringSpec>(MustRead(spec).prediction.events.at(0).when).time_zone, "UTC");
}

TEST(DeepSeekServiceTest, WhatIsLeftOutOfALimitIsNoDefault) {
  json spec = LeastSpec();
  spec["prediction"]["maxReleasePerPeriod"] = {{"replicas", 5}};
  EXPECT_EQ(MustRead(spec).prediction.max_release, (PaceLimit{5, 0, 1min}));
  spec["prediction"]["maxReleasePerPeriod"] = {{"percent", 5}};
  EXPECT_EQ(MustRead(spec).prediction.max_release, (PaceLimit{0, 5, 1min}));
}

TEST(DeepSeekServiceTest, HolidaysFollowTheCalendar) {
  json spec = LeastSpec();
  spec["prediction"]["holidays"] = {"2028-02-29", "1969-12-31", "2000-03-01"};
  EXPECT_THAT(MustRead(spec).prediction.holidays, ElementsAre(-1, 11'017, 21'243));
}

// An end may be given in another offset than the start; only the moments count.
TEST(DeepSeekServiceTest, EventsEndAfterTheyStart) {
  json spec = LeastSpec();
  json event = {{"name", "a"}, {"start", "2026-12-01T09:00:00+08:00"}, {"multiplier", "2"}};
  for (const auto& [end, wanted] : {std::pair{"2026-12-01T01:00:00.001Z", ""}, {"2026-12-01T01:00:00Z", "not after"}}) {
    event["end"] = end;
    spec["prediction"]["events"] = {event};
    EXPECT_THAT(Complaint(spec), HasSubstr(wanted)) << end;
  }
}

TEST(DeepSeekServiceTest, BoundsTheCalendar) {
  json spec = LeastSpec();
  const auto add_event = [&](int i) {
    spec["prediction"]["events"].push_back(
        {{"name", "e" + std::to_string(i)}, {"schedule", "@daily"}, {"duration", "1h"}, {"multiplier", "2"}});
  };
  for (int i = 0; i < 32; ++i) add_event(i);
  EXPECT_EQ(MustRead(spec).prediction.events.size(), 32u);
  add_event(32);
  EXPECT_EQ(Complaint(spec), "spec.prediction.events: has 33 entries; at most 32 fit");
  spec["prediction"] = {{"holidays", std::vector<std::string>(401, "2026-12-25")}};
  EXPECT_EQ(Complaint(spec), "spec.prediction.holidays: has 401 entries; at most 400 fit");
}

TEST(DeepSeekServiceTest, ALimitThatIsWrongInOneFieldIsOneProblem) {
  json spec = LeastSpec();
  spec["prediction"]["maxRaisePerPeriod"] = {{"percent", 1001}};
  EXPECT_EQ(Complaint(spec),
            "spec.prediction.maxRaisePerPeriod.percent: 1001 is out of range; give a number from 0 to 1000");
}

// As the schema's maxLength does.
TEST(DeepSeekServiceTest, CountsCharactersNotBytes) {
  json spec = LeastSpec();
  std::string reason;
  for (int i = 0; i < 256; ++i) reason += "\xE6\x95\x85";
  spec["override"] = {{"minReplicas", 1}, {"until", "2026-12-01T18:00:00Z"}, {"reason", reason}};
  EXPECT_EQ(MustRead(spec).override_floor->reason, reason);
  spec["override"]["reason"] = reason + "!";
  EXPECT_THAT(Complaint(spec), HasSubstr("has 257 characters; at most 256 fit"));
}

TEST(DeepSeekServiceTest, NullIsAbsent) {
  json spec = LeastSpec();
  spec["targetRef"] = nullptr;
  spec["demand"] = nullptr;
  spec["prediction"] = {{"mode", nullptr}, {"leadTime", nullptr}, {"maxReleasePerPeriod", nullptr}};
  spec["override"] = nullptr;
  spec["podDisruptionBudget"] = nullptr;
  EXPECT_EQ(MustRead(spec), MustRead(LeastSpec()));
}

TEST(DeepSeekServiceTest, ALeadTimeOfAutoIsLearned) {
  json spec = LeastSpec();
  spec["prediction"] = {{"leadTime", "Auto"}};
  EXPECT_EQ(MustRead(spec), MustRead(LeastSpec()));
}

TEST(DeepSeekServiceTest, EmptyAutoscalingFieldsAreAbsent) {
  json spec = LeastSpec();
  spec["autoscaling"] = {{"metrics", json::array()}, {"behavior", json::object()}};
  EXPECT_EQ(MustRead(spec), MustRead(LeastSpec()));
}

TEST(DeepSeekServiceTest, PresetsKnowTheirUnits) {
  for (const auto& [preset, unit] :
       {std::pair{"deepseek", kRequestsPerSecond}, {"vllm", kInFlight}, {"sglang", kInFlight}}) {
    json spec = LeastSpec();
    spec["demand"] = {{"preset", preset}};
    spec["capacity"] = {{"perReplica", "12.5"}};
    const ServiceSpec read = MustRead(spec);
    EXPECT_EQ(ToString(*read.demand->preset), preset);
    EXPECT_EQ(read.demand->unit, unit);
    EXPECT_EQ(read.demand->prometheus, "default");
    EXPECT_EQ(read.capacity, CapacitySpec(PerReplicaCapacity{12.5, 75}));
  }
}

TEST(DeepSeekServiceTest, TargetPortIsThePortByDefault) {
  json spec = LeastSpec();
  spec["service"] = {{"port", 8000}};
  EXPECT_EQ(std::get<OwnedWorkload>(MustRead(spec).workload).service, (ServicePort{8000, 8000}));
}

TEST(DeepSeekServiceTest, TargetPortMayBeASidecars) {
  json spec = LeastSpec();
  spec["service"] = {{"port", 80}, {"targetPort", "proxy"}};
  spec["template"]["spec"]["initContainers"] = json::parse(R"([{"name": "p", "ports": [{"name": "proxy"}]}])");
  EXPECT_EQ(Complaint(spec), "");
}

TEST(DeepSeekServiceTest, ReadsTheMetadata) {
  json object = ServiceWithSpec(LeastSpec());
  object["metadata"]["resourceVersion"] = "77";
  object["metadata"]["creationTimestamp"] = "2026-12-01T09:00:00Z";
  object["metadata"]["deletionTimestamp"] = "2026-12-01T09:00:01Z";
  const auto service = FromJson(object);
  ASSERT_TRUE(service.ok());
  const auto created = *ParseTime("2026-12-01T09:00:00Z");
  EXPECT_EQ(service->meta, (ObjectMeta{"prod", "chat", "u-1", "77", 3, created, created + 1s}));
}

TEST(DeepSeekServiceTest, AnInvalidSpecKeepsIdentityAndStatus) {
  json object = ServiceWithSpec("nonsense");
  object["status"] = {{"floor", {{"current", 7}}}};
  const auto service = FromJson(object);
  ASSERT_TRUE(service.ok());
  EXPECT_EQ(service->meta.name, "chat");
  EXPECT_EQ(service->meta.generation, 3);
  EXPECT_EQ(service->status.floor->current, 7);
  ASSERT_FALSE(service->spec.ok());
  EXPECT_EQ(service->spec.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(service->spec.error().message, "spec: \"nonsense\" is not an object");
}

TEST(DeepSeekServiceTest, WithoutANameThereIsNoService) {
  for (const char* text : {"null", "[]", "7", "{}", R"({"metadata":[]})", R"({"metadata":{"name":"chat"}})",
                           R"({"metadata":{"namespace":"prod","name":7}})"}) {
    EXPECT_FALSE(FromJson(json::parse(text)).ok()) << text;
  }
}

TEST(DeepSeekServiceTest, NamesEveryProblemAtOnce) {
  json spec = LeastSpec();
  spec["replicas"] = {{"min", 3}, {"max", 2}};
  spec["prediction"] = {{"leadTime", "soon"}, {"mode", 7}};
  EXPECT_EQ(Complaint(spec),
            "spec.replicas.max: 2 is below min, 3; raise it or lower min. "
            "spec.prediction.mode: 7 is not one of Off, Shadow, Active. "
            "spec.prediction.leadTime: \"soon\" is not a duration; write it as 300ms, 15s, 5m, 1h30m or 28d");
}

TEST(DeepSeekServiceTest, AMessageStaysReadable) {
  json spec = LeastSpec();
  spec["prediction"] = {{"mode", std::string(100'000, 'x')}};
  EXPECT_LT(Complaint(spec).size(), 200u);
  spec["autoscaling"]["metrics"] = json::array();
  for (int i = 0; i < 16; ++i) spec["autoscaling"]["metrics"].push_back(i);
  EXPECT_THAT(Complaint(spec), HasSubstr(". And 7 more"));
}

TEST(DeepSeekServiceTest, NeverShowsTheInsideOfATemplate) {
  json spec = LeastSpec();
  spec["template"] = json::parse(R"([{"env": "hunter2"}])");
  EXPECT_THAT(Complaint(spec), ::testing::Not(HasSubstr("hunter2")));
}

TEST(DeepSeekServiceTest, TheNameHasToBeALabel) {
  const auto complaint = [](std::string name, json spec) {
    json object = ServiceWithSpec(std::move(spec));
    object["metadata"]["name"] = std::move(name);
    const auto service = FromJson(object);
    return service->spec.ok() ? "" : service->spec.error().message;
  };
  EXPECT_EQ(complaint(std::string(63, 'a'), LeastSpec()), "");
  EXPECT_THAT(complaint(std::string(64, 'a'), LeastSpec()), HasSubstr("at most 63"));
  EXPECT_THAT(complaint("chat.v1", LeastSpec()), HasSubstr("at most 63"));
  EXPECT_EQ(complaint("7chat", LeastSpec()), "");
  EXPECT_THAT(complaint("7chat", FullSpec()), HasSubstr("starts with a letter"));
}

// A new field of FullSpec is tested here without being named.
TEST(DeepSeekServiceTest, AWrongTypeAnywhereIsAnErrorThatNamesTheField) {
  const json full = FullSpec();
  const json fields = full.flatten();
  for (const auto& [pointer, value] : fields.items()) {
    // What is inside these belongs to Kubernetes.
    if (pointer.starts_with("/template/spec/containers/0") || pointer.starts_with("/strategy/")) continue;
    if (pointer.starts_with("/autoscaling/metrics/0")) continue;
    for (json::json_pointer where(pointer); !where.empty(); where = where.parent_pointer()) {
      for (const json& wrong :
           {json(-1.5), json(true), json(json::array({1, 2, 3})), json({{"a", 1}}), json("\x01 Wrong")}) {
        json spec = full;
        if (spec[where].type() == wrong.type() && !wrong.is_string()) continue;
        if (where.to_string() == "/demand/query" && wrong.is_string()) continue;     // Prometheus' to judge
        if (where.to_string() == "/override/reason" && wrong.is_string()) continue;  // a person's
        spec[where] = wrong;
        std::string path = "spec";
        for (json::json_pointer rest = where; !rest.empty(); rest = rest.parent_pointer()) {
          const std::string part = rest.back();
          path.insert(4, std::isdigit(static_cast<unsigned char>(part[0])) ? "[" + part + "]" : "." + part);
        }
        EXPECT_THAT(Complaint(spec), HasSubstr(path)) << where.to_string() << " = " << wrong;
      }
    }
  }
}

TEST(DeepSeekServiceTest, BoundsTheNestingOfATemplate) {
  json deep = json::object();
  for (int i = 0; i < 10'000; ++i) deep = json{{"a", std::move(deep)}};
  json spec = LeastSpec();
  spec["template"]["spec"]["affinity"] = std::move(deep);
  EXPECT_THAT(Complaint(spec), HasSubstr("spec.template: nests deeper than 64 levels"));
}

TEST(DeepSeekServiceTest, TakesALargeAnnotation) {
  json object = ServiceWithSpec(FullSpec());
  object["metadata"]["annotations"] = {{"note", std::string(1 << 20, 'x')}};
  const auto service = FromJson(object);
  ASSERT_TRUE(service.ok());
  EXPECT_EQ(*service->spec, MustRead(FullSpec()));
}

TEST(JsonTextTest, EqualJsonIsEqualText) {
  EXPECT_EQ(JsonText(json::parse(R"({"a":1,"b":[2]})")), JsonText(json::parse(R"({ "b": [2], "a": 1 })")));
  EXPECT_TRUE(JsonText().empty());
  EXPECT_TRUE(JsonText().Parse().is_null());
  EXPECT_EQ(JsonText(json("\xff")).text(), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace dso::api
