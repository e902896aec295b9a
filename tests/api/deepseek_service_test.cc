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
  EXPECT_EQ(spec.prediction.lead_time, 5min);
  EXPECT_EQ(spec.prediction.history, std::chrono::days(28));
  EXPECT_THAT(spec.prediction.seasons, IsEmpty());
  EXPECT_EQ(spec.prediction.time_zone, "UTC");
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
}

TEST(DeepSeekServiceTest, ReadsATargetRef) {
  json spec = LeastSpec();
  spec.erase("template");
  spec["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "StatefulSet"}, {"name", "chat"}};
  EXPECT_EQ(std::get<TargetRef>(MustRead(spec).workload), (TargetRef{"apps/v1", "StatefulSet", "chat"}));
}

TEST(DeepSeekServiceTest, NullIsAbsent) {
  json spec = LeastSpec();
  spec["targetRef"] = nullptr;
  spec["demand"] = nullptr;
  spec["prediction"] = {{"mode", nullptr}};
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
        if (where.to_string() == "/demand/query" && wrong.is_string()) continue;  // Prometheus' to judge
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
