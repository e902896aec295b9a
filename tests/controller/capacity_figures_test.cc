#include "controller/capacity_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/status_builder.h"
#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using test::Cached;
using test::kMorning;
using test::SampleService;
using test::Take;
using test::Value;
using testing::HasSubstr;

// By the formula alone: 8 cores of the template x 4 / 1.5.
CachedService Measured(const char* preset = "deepseek") {
  kube::Json object = SampleService();
  object["spec"]["template"]["spec"]["containers"][0]["resources"] = {{"limits", {{"cpu", "8"}}}};
  object["spec"]["demand"] = {{"preset", preset}};
  object["spec"]["capacity"] = {{"formula", {{"concurrencyPerCore", "4"}, {"safetyFactor", "1.5"}}}};
  return Cached(object);
}
CachedService Given() {
  CachedService cached = Measured();
  std::get<api::CapacityFormula>(*cached.service.spec->capacity).average_response_time = milliseconds(1200);
  return cached;
}

class CapacityFigures : public testing::Test {
 protected:
  void Look(const CachedService& cached, double demand, std::optional<double> response_time = std::nullopt) {
    if (!record_.learner) record_ = Begin(cached, std::move(record_));
    now_ += seconds(15);
    prom::Reading reading = Value(demand);
    reading.sampled_at = now_;
    reading.response_time = response_time;
    Take(reading, now_, record_);
    Assess(cached, nullptr, test::At(now_), record_);
  }
  // As after its history has been read, which had nothing for it.
  static ServiceRecord Begin(const CachedService& cached, ServiceRecord record) {
    Prepare(cached, test::At(kMorning), record);
    record.learner = std::move(record.next_learner);
    record.history = HistoryState::kLoaded;
    return record;
  }
  void Restart(const CachedService& cached) { record_ = ServiceRecord::Remembered(Status(cached)); }
  api::ServiceStatus Status(const CachedService& cached) { return BuildStatus(cached, record_, nullptr, now_); }
  std::string Condition(const CachedService& cached) {
    const api::ServiceStatus status = Status(cached);
    const api::Condition* condition = api::FindCondition(status.conditions, api::kCapacityKnown);
    if (condition == nullptr) return "";
    return std::string(ToString(condition->status)) + " " + condition->reason + ": " + condition->message;
  }

  ServiceRecord record_;
  WallTime now_ = kMorning;
};

TEST_F(CapacityFigures, WaitForTheFirstResponseTime) {
  const CachedService cached = Measured();
  record_ = Begin(cached, {});
  EXPECT_THAT(Condition(cached), HasSubstr("Unknown Pending"));
  Look(cached, 100);
  EXPECT_FALSE(record_.capacity);
  EXPECT_FALSE(record_.spec_problem) << "workload and HPA are applied all the same";
  EXPECT_EQ(record_.decision->floor, 2);
  EXPECT_THAT(Condition(cached), HasSubstr("False ResponseTimeNotMeasured"));
  EXPECT_THAT(Condition(cached), HasSubstr("deepseek_api_latency_seconds_sum"));
  EXPECT_EQ(Status(cached).capacity, std::nullopt);
}

TEST_F(CapacityFigures, MakeTheCapacityOnceMeasured) {
  const CachedService cached = Measured();
  Look(cached, 100, 1.2);
  EXPECT_NEAR(record_.capacity->per_replica, 17.78, 0.01);
  EXPECT_EQ(record_.decision->floor, 6);
  EXPECT_THAT(Condition(cached), HasSubstr("True Measured"));
  const api::CapacityStatus status = Status(cached).capacity.value();
  EXPECT_EQ(status.source, "Formula");
  EXPECT_EQ(status.cores, 8);
  EXPECT_EQ(status.cores_from, "Limits");
  EXPECT_EQ(status.average_response_time, milliseconds(1200));
  EXPECT_EQ(status.average_response_time_from, "Measured");
}

TEST_F(CapacityFigures, StayWhileThereIsNoNews) {
  const CachedService cached = Measured();
  Look(cached, 100, 1.2);
  Look(cached, 0);
  Look(cached, 100, 1.22);
  EXPECT_EQ(record_.response_time, milliseconds(1200));
  Look(cached, 100, 2.4);
  EXPECT_NEAR(record_.capacity->per_replica, 8.89, 0.01);
}

TEST_F(CapacityFigures, AreRememberedByTheStatus) {
  const CachedService cached = Measured();
  Look(cached, 100, 1.2);
  Restart(cached);
  Look(cached, 100);
  EXPECT_NEAR(record_.capacity->per_replica, 17.78, 0.01);
}

TEST_F(CapacityFigures, OfASpecAreNotTakenForMeasured) {
  Look(Given(), 100);
  EXPECT_EQ(Status(Given()).capacity->average_response_time_from, "Spec");
  Restart(Given());
  EXPECT_EQ(record_.response_time, std::nullopt);
}

TEST_F(CapacityFigures, ThatAreNoLongerGivenLeaveTheFloorUntilTheyAreMeasured) {
  Look(Given(), 100);
  ASSERT_EQ(record_.decision->floor, 6);
  for (int i = 0; i < 60; ++i) Look(Measured(), 1);
  EXPECT_EQ(record_.decision->floor, 6) << record_.decision->explanation;
  EXPECT_EQ(record_.decision->hold, decide::Hold::kCapacityUnknown);
}

TEST_F(CapacityFigures, InFlightNeedNoResponseTime) {
  const CachedService cached = Measured("vllm");
  Look(cached, 100);
  EXPECT_NEAR(record_.capacity->per_replica, 21.33, 0.01);
  EXPECT_THAT(Condition(cached), HasSubstr("True Measured"));
}

TEST_F(CapacityFigures, ThatAreAllGivenHaveNoCondition) {
  CachedService cached = Given();
  std::get<api::CapacityFormula>(*cached.service.spec->capacity).cores = 8;
  Look(cached, 100);
  EXPECT_EQ(Condition(cached), "");
}

TEST_F(CapacityFigures, MeasuredBeforeTheHistoryIsReadScoreItToo) {
  const CachedService cached = Measured();
  Prepare(cached, test::At(kMorning), record_);
  ASSERT_EQ(record_.next_learner->score(), nullptr);
  record_.response_time = milliseconds(1200);
  Prepare(cached, test::At(kMorning), record_);
  EXPECT_NE(record_.next_learner->score(), nullptr);
}

}  // namespace
}  // namespace dso::controller
