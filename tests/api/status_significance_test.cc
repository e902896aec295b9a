#include "api/status_significance.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "api/status_json.h"
#include "sample_status.h"

namespace dso::api {
namespace {

using namespace std::chrono_literals;

enum class When { kAtOnce, kAfterAMinute, kNever };

struct Case {
  const char* name;
  When when;
  std::function<void(ServiceStatus&)> change;
};

const Case kCases[] = {
    {"nothing", When::kNever, [](auto&) {}},
    {"generation", When::kAtOnce, [](auto& s) { ++s.observed_generation; }},
    {"replicas", When::kAtOnce, [](auto& s) { ++s.replicas; }},
    {"readyReplicas", When::kAtOnce, [](auto& s) { ++s.ready_replicas; }},
    {"floor", When::kAtOnce, [](auto& s) { ++s.floor->current; }},
    {"no floor", When::kAtOnce, [](auto& s) { s.floor.reset(); }},
    {"reason of the floor", When::kAtOnce, [](auto& s) { s.floor->reason = "Reactive"; }},
    {"age of the floor", When::kNever, [](auto& s) { *s.floor->since += 1h; }},
    {"a decision", When::kAtOnce, [](auto& s) { AddDecision(s.recent_decisions, {}); }},
    {"a condition more", When::kAtOnce,
     [](auto& s) { SetCondition(s.conditions, kFloorApplied, ConditionStatus::kTrue, "R", "", 3, WallTime{}); }},
    {"a condition less", When::kAtOnce, [](auto& s) { RemoveCondition(s.conditions, kReady); }},
    {"status of a condition", When::kAtOnce, [](auto& s) { s.conditions[0].status = ConditionStatus::kTrue; }},
    {"reason of a condition", When::kAtOnce, [](auto& s) { s.conditions[0].reason = "Other"; }},
    {"generation of a condition", When::kAtOnce, [](auto& s) { ++s.conditions[0].observed_generation; }},
    {"message of a condition", When::kAfterAMinute, [](auto& s) { s.conditions[0].message = "7 of 9"; }},
    {"order of conditions", When::kNever, [](auto& s) { std::swap(s.conditions[0], s.conditions[1]); }},
    {"explanation", When::kNever, [](auto& s) { s.explanation = "other words"; }},
    {"time of the sample", When::kNever, [](auto& s) { *s.demand->at += 15s; }},
    {"end of the forecast", When::kNever, [](auto& s) { *s.forecast->by += 15s; }},
    {"demand up by 9 %", When::kNever, [](auto& s) { s.demand->current *= 1.09; }},
    {"demand up by 11 %", When::kAfterAMinute, [](auto& s) { s.demand->current *= 1.11; }},
    {"demand down by 11 %", When::kAfterAMinute, [](auto& s) { s.demand->current *= 0.89; }},
    {"no demand known", When::kAfterAMinute, [](auto& s) { s.demand.reset(); }},
    {"demand to zero", When::kAfterAMinute, [](auto& s) { s.demand->current = 0; }},
    {"unit", When::kAfterAMinute, [](auto& s) { s.demand->unit = "in flight"; }},
    {"source", When::kAfterAMinute, [](auto& s) { s.demand->source = "query"; }},
    {"predicted by 1 of 11", When::kNever, [](auto& s) { *s.floor->predicted = 12; }},
    {"predicted by 2 of 11", When::kAfterAMinute, [](auto& s) { *s.floor->predicted = 13; }},
    {"reactive gone", When::kAfterAMinute, [](auto& s) { s.floor->reactive.reset(); }},
    {"expected", When::kAfterAMinute, [](auto& s) { s.forecast->expected = 200; }},
    {"quantile", When::kAfterAMinute, [](auto& s) { s.forecast->quantile = 220; }},
    {"quantile a little", When::kNever, [](auto& s) { s.forecast->quantile = 193; }},
    {"model", When::kAfterAMinute, [](auto& s) { s.forecast->model = "flat"; }},
    {"error", When::kAfterAMinute, [](auto& s) { s.forecast->error_percent = 5; }},
    {"coverage", When::kNever, [](auto& s) { s.forecast->coverage_percent = 91; }},
    {"history by an hour", When::kNever, [](auto& s) { s.forecast->history += 1h; }},
    {"forecast gone", When::kAfterAMinute, [](auto& s) { s.forecast.reset(); }},
    {"next peak", When::kAfterAMinute, [](auto& s) { s.forecast->next_peak = 260; }},
    {"next peak a little", When::kNever, [](auto& s) { s.forecast->next_peak = 240; }},
    {"time of the next peak", When::kNever, [](auto& s) { *s.forecast->next_peak_at += 5h; }},
    {"no next peak", When::kAfterAMinute, [](auto& s) { s.forecast->next_peak_at.reset(); }},
    {"peak of an external forecaster", When::kAfterAMinute, [](auto& s) { *s.external_forecast->expected = 200; }},
    {"its quantile", When::kAfterAMinute, [](auto& s) { *s.external_forecast->quantile = 222; }},
    {"its quantile a little", When::kNever, [](auto& s) { *s.external_forecast->quantile = 215; }},
    {"its error", When::kAfterAMinute, [](auto& s) { *s.external_forecast->error_percent = 6; }},
    {"its model", When::kAfterAMinute, [](auto& s) { s.external_forecast->model = "prophet 1.2"; }},
    {"another forecaster", When::kAfterAMinute, [](auto& s) { s.external_forecast->forecaster = "lstm"; }},
    {"no answer", When::kAfterAMinute, [](auto& s) { s.external_forecast->expected.reset(); }},
    {"no external forecaster", When::kAfterAMinute, [](auto& s) { s.external_forecast.reset(); }},
    {"event by 1 of 6", When::kAfterAMinute, [](auto& s) { *s.floor->event = 7; }},
    {"event over", When::kAfterAMinute, [](auto& s) { s.floor->event.reset(); }},
    {"capacity", When::kAfterAMinute, [](auto& s) { s.capacity->per_replica = 20; }},
    {"learned capacity", When::kAfterAMinute, [](auto& s) { *s.capacity->learned = 27; }},
    {"learned capacity a little", When::kNever, [](auto& s) { *s.capacity->learned = 24; }},
    {"cores", When::kAfterAMinute, [](auto& s) { s.capacity->cores = 16; }},
    {"where cores come from", When::kAfterAMinute, [](auto& s) { s.capacity->cores_from = "Requests"; }},
    {"response time", When::kAfterAMinute, [](auto& s) { s.capacity->average_response_time = seconds(2); }},
    {"response time a little", When::kNever, [](auto& s) { s.capacity->average_response_time = milliseconds(1250); }},
    {"where it comes from", When::kAfterAMinute, [](auto& s) { s.capacity->average_response_time_from = "Spec"; }},
    {"evidence", When::kNever, [](auto& s) { s.capacity->evidence = "42 minutes"; }},
    {"lead time", When::kAfterAMinute, [](auto& s) { s.lead_time->current = 5min + 30s; }},
    {"lead time a little", When::kNever, [](auto& s) { s.lead_time->current = 5min; }},
    {"source of the lead time", When::kAfterAMinute, [](auto& s) { s.lead_time->source = "Spec"; }},
    {"start-up time", When::kAfterAMinute, [](auto& s) { *s.lead_time->start_up_p90 = 6min; }},
    {"one batch of 17", When::kNever, [](auto& s) { s.lead_time->batches = 18; }},
    {"two batches of 17", When::kAfterAMinute, [](auto& s) { s.lead_time->batches = 19; }},
    {"scheduling", When::kAfterAMinute, [](auto& s) { *s.lead_time->scheduling_p50 = 3s; }},
    {"pulling", When::kAfterAMinute, [](auto& s) { s.lead_time->pulling_p50.reset(); }},
    {"readying", When::kAfterAMinute, [](auto& s) { *s.lead_time->readying_p50 = 2min; }},
    {"no lead time", When::kAfterAMinute, [](auto& s) { s.lead_time.reset(); }},
    {"avoided loss", When::kAfterAMinute, [](auto& s) { s.score->avoided_loss_percent = 80; }},
    {"avoided loss a little", When::kNever, [](auto& s) { s.score->avoided_loss_percent = 72; }},
    {"extra cost", When::kAfterAMinute, [](auto& s) { s.score->extra_cost_percent = 4.5; }},
    {"scored by an hour", When::kNever, [](auto& s) { s.score->scored += 1h; }},
    {"words of the score", When::kNever, [](auto& s) { s.score->text = "other words"; }},
    {"no score", When::kAfterAMinute, [](auto& s) { s.score.reset(); }},
    {"connections of a replica", When::kAtOnce, [](auto& s) { ++s.connection_pools[0].per_replica; }},
    {"limit of a pool", When::kAtOnce, [](auto& s) { --s.connection_pools[0].limit; }},
    {"backend of a pool", When::kAtOnce, [](auto& s) { s.connection_pools[0].backend = "other"; }},
    {"name of a pool", When::kAtOnce, [](auto& s) { s.connection_pools[0].name = "other"; }},
    {"a pool less", When::kAtOnce, [](auto& s) { s.connection_pools.pop_back(); }},
    {"order of pools", When::kNever, [](auto& s) { std::swap(s.connection_pools[0], s.connection_pools[1]); }},
    {"ConfigMap", When::kAtOnce, [](auto& s) { s.pool_config_map = "chat-pools-other"; }},
    {"no ConfigMap", When::kAtOnce, [](auto& s) { s.pool_config_map.clear(); }},
    {"connections in use", When::kAfterAMinute, [](auto& s) { *s.connection_pools[0].in_use = 250; }},
    {"connections in use a little", When::kNever, [](auto& s) { *s.connection_pools[0].in_use = 220; }},
    {"connections in use unknown", When::kAfterAMinute, [](auto& s) { s.connection_pools[0].in_use.reset(); }},
    {"limit of the server", When::kAfterAMinute, [](auto& s) { *s.connection_pools[0].server_limit = 400; }},
    {"useful connections", When::kAfterAMinute, [](auto& s) { s.connection_pools[0].useful = 10; }},
    {"connections at worst", When::kAfterAMinute, [](auto& s) { s.connection_pools[0].worst_case_total = 300; }},
    {"note of a pool", When::kAfterAMinute, [](auto& s) { s.connection_pools[0].note = "other words"; }},
    {"terminating pods", When::kAfterAMinute, [](auto& s) { s.pool_pods->terminating = 30; }},
    {"waves seen", When::kAfterAMinute, [](auto& s) { s.pool_pods->seen_waves = 14; }},
    {"no pods of pools", When::kAfterAMinute, [](auto& s) { s.pool_pods.reset(); }},
};

TEST(StatusSignificanceTest, Table) {
  for (const Case& c : kCases) {
    const ServiceStatus written = test::SampleStatus();
    ServiceStatus now = written;
    c.change(now);
    EXPECT_EQ(WorthWriting(written, now, 0s), c.when == When::kAtOnce) << c.name;
    EXPECT_EQ(WorthWriting(written, now, 59999ms), c.when == When::kAtOnce) << c.name;
    EXPECT_EQ(WorthWriting(written, now, 60s), c.when != When::kNever) << c.name;
  }
}

TEST(StatusSignificanceTest, LessThanATenthOfAReplicaIsNoMovementOfAnExternalForecast) {
  ServiceStatus written = test::SampleStatus();  // 17.8 a replica
  written.external_forecast->expected = 0.01;
  written.external_forecast->quantile = 0.02;
  ServiceStatus now = written;
  *now.external_forecast->expected = 0.1;
  *now.external_forecast->quantile = 1.5;
  EXPECT_FALSE(WorthWriting(written, now, std::chrono::hours(1)));
  *now.external_forecast->quantile = 1.9;
  EXPECT_TRUE(WorthWriting(written, now, std::chrono::hours(1)));
}

TEST(StatusSignificanceTest, ATenthIsATenthInBinaryToo) {
  ServiceStatus written = test::SampleStatus();
  ServiceStatus now = written;
  for (const auto& [from, to] : {std::pair{3.0, 3.3}, {1.0, 1.1}, {100.0, 110.0}, {0.7, 0.63}, {9.0, 9.9}}) {
    written.demand->current = from;
    now.demand->current = to;
    EXPECT_TRUE(WorthWriting(written, now, 60s)) << from << " -> " << to;
  }
}

TEST(StatusSignificanceTest, TheFirstStatusIsWritten) {
  EXPECT_TRUE(WorthWriting(ServiceStatus{}, test::SampleStatus(), 0s));
}

// After a restart one side was read from the API and the other not.
TEST(StatusSignificanceTest, WhatWasWrittenIsNotWrittenAgain) {
  ServiceStatus now = test::SampleStatus();
  now.demand->current = 1e-9;  // shown as 0
  now.forecast->error_percent = std::numeric_limits<double>::quiet_NaN();
  *now.floor->since += 123ms;
  now.recent_decisions[0].at += 123ms;
  const ServiceStatus read_back = StatusFromJson(ToJson(now));
  EXPECT_FALSE(WorthWriting(read_back, now, 24h));
  EXPECT_FALSE(WorthWriting(now, read_back, 24h));
}

TEST(StatusSignificanceTest, IdleServicesCauseNoWrites) {
  const ServiceStatus written = test::SampleStatus();
  ServiceStatus now = written;
  for (int sync = 0; sync < 5760; ++sync) {  // a day of 15 s
    *now.demand->at += 15s;
    *now.forecast->by += 15s;
    EXPECT_FALSE(WorthWriting(written, now, sync * 15s));
  }
}

}  // namespace
}  // namespace dso::api
