#include "prom/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::prom {
namespace {

TEST(Presets, RenderDeepseek) {
  const PresetQueries queries = *RenderQueries(Preset::kDeepseek, LabelNames{});
  EXPECT_EQ(queries.demand, "sum by (namespace, service) (rate(deepseek_api_requests_total[2m]))");
  EXPECT_EQ(queries.rejected,
            R"(sum by (namespace, service) (rate(deepseek_api_requests_total{code=~"429|503"}[2m])))");
  EXPECT_EQ(queries.freshness, "max by (namespace, service) (timestamp(deepseek_api_requests_total))");
  EXPECT_EQ(queries.targets, "max by (namespace, service) (up * timestamp(up))");
  EXPECT_EQ(queries.target_counts, R"(count_values by (namespace, service) ("up", up))");
  EXPECT_FALSE(queries.waiting);
}

TEST(Presets, RenderTheEnginesGauges) {
  EXPECT_EQ(RenderQueries(Preset::kVllm, LabelNames{})->demand,
            "sum by (namespace, service) (vllm:num_requests_running + vllm:num_requests_waiting)");
  EXPECT_EQ(RenderQueries(Preset::kSglang, LabelNames{})->demand,
            "sum by (namespace, service) (sglang:num_running_reqs + sglang:num_queue_reqs)");
  EXPECT_FALSE(RenderQueries(Preset::kVllm, LabelNames{})->rejected);
  EXPECT_EQ(RenderQueries(Preset::kVllm, LabelNames{})->waiting,
            "sum by (namespace, service) (vllm:num_requests_waiting)");
  EXPECT_EQ(RenderQueries(Preset::kSglang, LabelNames{})->waiting,
            "sum by (namespace, service) (sglang:num_queue_reqs)");
}

TEST(Presets, RenderTheResponseTime) {
  EXPECT_EQ(RenderQueries(Preset::kDeepseek, LabelNames{})->response_time,
            "sum by (namespace, service) (rate(deepseek_api_latency_seconds_sum[1h])) / "
            "sum by (namespace, service) (rate(deepseek_api_latency_seconds_count[1h]))");
  EXPECT_EQ(RenderQueries(Preset::kVllm, {.namespace_label = "ns", .service_label = "app"})->response_time,
            "sum by (ns, app) (rate(vllm:e2e_request_latency_seconds_sum[1h])) / "
            "sum by (ns, app) (rate(vllm:e2e_request_latency_seconds_count[1h]))");
  EXPECT_EQ(ResponseTimeMetric(Preset::kSglang), "sglang:e2e_request_latency_seconds");
}

TEST(Presets, UseTheAdministratorsLabels) {
  const LabelNames labels{.namespace_label = "kubernetes_namespace", .service_label = "app"};
  EXPECT_EQ(RenderQueries(Preset::kVllm, labels)->targets, "max by (kubernetes_namespace, app) (up * timestamp(up))");
  EXPECT_EQ(RenderQueries(Preset::kVllm, labels)->target_counts,
            R"(count_values by (kubernetes_namespace, app) ("up", up))");
}

// Also what is asked only to know whether a service has targets: else `up` of a whole cluster would come.
TEST(Presets, AskForTheSeriesOfTheNamespacesOnly) {
  const PresetQueries deepseek = *RenderQueries(Preset::kDeepseek, LabelNames{}, {"prod", "test"});
  EXPECT_EQ(deepseek.demand,
            R"(sum by (namespace, service) (rate(deepseek_api_requests_total{namespace=~"prod|test"}[2m])))");
  EXPECT_EQ(
      deepseek.rejected,
      R"(sum by (namespace, service) (rate(deepseek_api_requests_total{code=~"429|503",namespace=~"prod|test"}[2m])))");
  EXPECT_EQ(deepseek.freshness,
            R"(max by (namespace, service) (timestamp(deepseek_api_requests_total{namespace=~"prod|test"})))");
  EXPECT_EQ(deepseek.targets,
            R"(max by (namespace, service) (up{namespace=~"prod|test"} * timestamp(up{namespace=~"prod|test"})))");
  EXPECT_EQ(deepseek.target_counts, R"(count_values by (namespace, service) ("up", up{namespace=~"prod|test"}))");
  const PresetQueries vllm = *RenderQueries(Preset::kVllm, {.namespace_label = "ns", .service_label = "app"}, {"prod"});
  EXPECT_EQ(vllm.demand,
            R"(sum by (ns, app) (vllm:num_requests_running{ns=~"prod"} + vllm:num_requests_waiting{ns=~"prod"}))");
  EXPECT_EQ(vllm.waiting, R"(sum by (ns, app) (vllm:num_requests_waiting{ns=~"prod"}))");
  EXPECT_EQ(vllm.response_time, R"(sum by (ns, app) (rate(vllm:e2e_request_latency_seconds_sum{ns=~"prod"}[1h])) / )"
                                R"(sum by (ns, app) (rate(vllm:e2e_request_latency_seconds_count{ns=~"prod"}[1h])))");
}

TEST(Presets, RefuseANamespaceThatIsNone) {
  EXPECT_FALSE(RenderQueries(Preset::kVllm, LabelNames{}, {"prod", ".*"}).ok());
}

TEST(Presets, RefuseALabelThatIsNoLabel) {
  for (const char* bad : {"", "1a", "a-b", "a b", "a) or (up", "\xc3\xa9"}) {
    EXPECT_FALSE(RenderQueries(Preset::kVllm, {.namespace_label = bad, .service_label = "service"}).ok()) << bad;
  }
}

TEST(Presets, HaveNamesAndUnits) {
  for (const Preset preset : kPresets) EXPECT_EQ(*ParsePreset(ToString(preset)), preset);
  EXPECT_EQ(ToString(UnitOf(Preset::kDeepseek)), "requests/s");
  EXPECT_EQ(ToString(UnitOf(Preset::kVllm)), "in flight");
  EXPECT_THAT(ParsePreset("triton").error().message, testing::HasSubstr("vllm"));
}

}  // namespace
}  // namespace dso::prom
