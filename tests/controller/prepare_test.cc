#include "controller/prepare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/assess.h"
#include "controller/status_builder.h"
#include "tests/controller/live_pods.h"
#include "tests/controller/taught.h"

namespace dso::controller {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::At;
using test::Cached;
using test::HearScaleUp;
using test::HearScaleUps;
using test::kMorning;
using test::Learned;
using test::ReadyPod;
using test::SampleService;
using test::StartingPod;
using test::Take;
using test::Value;
using testing::HasSubstr;
using testing::StartsWith;

// What a lead has beside the start-up: a sync, one of the HPA, the age of a metric.
constexpr milliseconds kOverhead = seconds(45);

CachedService OnTarget(const char* name) {
  kube::Json object = SampleService();
  object["spec"].erase("template");
  object["spec"]["targetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", name}};
  return Cached(object);
}
CachedService LearnsCapacity(const char* min, const char* max) {
  kube::Json object = SampleService();
  object["spec"]["capacity"] = {{"learned", {{"min", min}, {"max", max}}}, {"targetUtilizationPercent", 100}};
  return Cached(object);
}

TEST(PrepareLead, IsAssumedUntilThreeStartUpsWereSeen) {
  ServiceRecord record;
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(5) + kOverhead);
  EXPECT_EQ(record.look_ahead.made_of, "start-up assumed 5m + sync, HPA and scrape");
  HearScaleUps(2, minutes(1), kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(5) + kOverhead);
  HearScaleUp("third", minutes(1), kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(1) + kOverhead);
  EXPECT_EQ(record.look_ahead.made_of, "start-up P90 1m + sync, HPA and scrape");
}

TEST(PrepareLead, GrowsAtOnceWithPodsThatTakeLonger) {
  ServiceRecord record;
  HearScaleUps(3, minutes(1), kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  HearScaleUp("slow", minutes(9), kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_GE(record.look_ahead.lead, minutes(9) + kOverhead);
  EXPECT_LE(record.look_ahead.lead, (minutes(9) + kOverhead) * 11 / 10);
  EXPECT_THAT(record.look_ahead.made_of, HasSubstr("9m"));
}

TEST(PrepareLead, HasTheAgeOfTheMetric) {
  ServiceRecord record;
  prom::Reading old = Value(5);
  old.sampled_at = kMorning - seconds(50);
  Take(old, kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(5) + seconds(30) + seconds(60))
      << "in scrapes of 15 s, so that it seldom changes";
}

TEST(PrepareLead, WhereItIsGivenIsThat) {
  CachedService cached = Cached();
  cached.service.spec->prediction.lead_time = minutes(12);
  ServiceRecord record;
  HearScaleUps(5, minutes(1), kMorning, record);
  Prepare(cached, At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(12));
  EXPECT_EQ(record.look_ahead.made_of, "");
  cached.service.spec->prediction.lead_time.reset();
  Prepare(cached, At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(1) + kOverhead);
  EXPECT_THAT(record.look_ahead.made_of, StartsWith("start-up P90"));
}

TEST(PrepareLead, AfterARestartIsWhatTheStatusSays) {
  api::ServiceStatus status;
  api::LeadTimeStatus& remembered = status.lead_time.emplace();
  remembered.current = seconds(150);
  remembered.start_up_p90 = seconds(100);
  remembered.batches = 12;
  ServiceRecord record = ServiceRecord::Remembered(status);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, seconds(150)) << "not 145 s: the history would be read again at each restart";
  EXPECT_EQ(record.look_ahead.made_of, "start-up P90 1m40s + sync, HPA and scrape");
  EXPECT_EQ(record.start_up_estimate.batches, 12);

  status.lead_time->start_up_p90.reset();
  record = ServiceRecord::Remembered(status);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.look_ahead.lead, minutes(5) + kOverhead) << "nothing had been learned";
}

// A learner is made for one lead, and to make another one means to read the history again.
TEST(PrepareLead, ThatChangesALittleCausesNoRelearning) {
  ServiceRecord record;
  HearScaleUps(3, seconds(60), kMorning, record);
  const auto relearns = [&] {
    Prepare(Cached(), At(kMorning), record);
    const bool wanted = record.history == HistoryState::kWanted;
    record.history = HistoryState::kLoaded;
    record.learner = std::move(record.next_learner);
    return wanted;
  };
  EXPECT_TRUE(relearns()) << "the first";
  int count = 0;
  for (int i = 0; i < 20; ++i) {
    HearScaleUp("more-" + std::to_string(i), seconds(60 + i), kMorning, record);
    count += relearns() ? 1 : 0;
  }
  EXPECT_LE(count, 2) << "to begin with 105 s, each change brings a tenth in hand";
  EXPECT_GE(record.look_ahead.lead, record.start_up_estimate.p90 + kOverhead);
  EXPECT_EQ(record.learned_for->lead, record.look_ahead.lead);
}

TEST(PrepareLead, ThatIsMuchTooLongIsLearnedAnew) {
  ServiceRecord record;
  Prepare(Cached(), At(kMorning), record);
  record.history = HistoryState::kLoaded;
  HearScaleUps(3, minutes(1), kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.history, HistoryState::kWanted);
  EXPECT_EQ(record.learned_for->lead, minutes(1) + kOverhead);
}

TEST(PreparePods, OfATemplateAreKnownFromTheWatch) {
  ServiceRecord record;
  test::Hear("a", ReadyPod("a", kMorning - hours(1), minutes(1)), kMorning, record);
  test::Hear("b", StartingPod("b", kMorning), kMorning, record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_TRUE(record.pods_known);
  EXPECT_EQ(record.health.ready, 1);
  EXPECT_EQ(record.health.unready, 1);
}

TEST(PreparePods, OfATargetAreUnknownUntilTheyAreListed) {
  ServiceRecord record;
  Prepare(OnTarget("web"), At(kMorning), record);
  EXPECT_FALSE(record.pods_known);
  EXPECT_EQ(record.pods_of->name, "web");
}

TEST(PreparePods, OfAnotherTargetTellNothingOfThisOne) {
  ServiceRecord record;
  HearScaleUps(3, minutes(1), kMorning, record);
  record.pods_known = true;
  Prepare(OnTarget("web"), At(kMorning), record);
  ASSERT_EQ(record.look_ahead.lead, minutes(1) + kOverhead);
  ASSERT_EQ(record.health.ready, 3);

  Prepare(OnTarget("web"), At(kMorning), record);
  EXPECT_TRUE(record.pods_known) << "it is the same";
  Prepare(OnTarget("api"), At(kMorning), record);
  EXPECT_FALSE(record.pods_known);
  EXPECT_TRUE(record.pods.empty());
  EXPECT_EQ(record.health.ready, 0);
  EXPECT_EQ(record.look_ahead.lead, (minutes(5) + kOverhead) * 11 / 10) << "the prior, and a tenth";
}

TEST(PreparePods, FromATargetToATemplateAreThoseOfTheTemplate) {
  ServiceRecord record;
  HearScaleUps(3, minutes(1), kMorning, record);
  LivePod of_web = ReadyPod("web-0", kMorning - hours(1), minutes(1));
  of_web.service = "";
  test::Hear("web-0", of_web, kMorning, record);
  Prepare(OnTarget("web"), At(kMorning), record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.pods.size(), 3u) << "those with the label: a target may be the Deployment of the template before";
  EXPECT_EQ(record.health.ready, 3);
  EXPECT_TRUE(record.pods_known);
  EXPECT_EQ(record.pods_of, std::nullopt);
}

TEST(PreparePods, ReadinessOfAnotherTargetIsForgotten) {
  ServiceRecord record;
  Prepare(OnTarget("web"), At(kMorning), record);
  record.pods_known = true;
  Prepare(OnTarget("web"), At(kMorning), record);  // no replica of `web` is ready
  Prepare(OnTarget("api"), At(kMorning + seconds(15)), record);
  HearScaleUps(4, minutes(1), kMorning, record);
  record.pods_known = true;
  Prepare(OnTarget("api"), At(kMorning + seconds(30)), record);
  prom::Reading reading = Value(20);
  reading.rejected = 15;
  Take(reading, kMorning + seconds(45), record);
  EXPECT_FALSE(record.asked.saturated) << "four replicas that carry ten each have room";
}

TEST(PrepareCapacity, BeginsAtTheMinimum) {
  ServiceRecord record;
  Prepare(LearnsCapacity("5", "50"), At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 5);
  EXPECT_EQ(record.capacity->source, "Learned");
}

TEST(PrepareCapacity, IsRememberedByTheStatus) {
  api::ServiceStatus status;
  status.capacity = api::CapacityStatus{.per_replica = 15, .source = "Learned", .learned = 20, .evidence = "x"};
  ServiceRecord record = ServiceRecord::Remembered(status);
  Prepare(LearnsCapacity("5", "50"), At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 20);
  ServiceRecord bounded = ServiceRecord::Remembered(status);
  Prepare(LearnsCapacity("5", "12"), At(kMorning), bounded);
  EXPECT_EQ(bounded.capacity->full, 12);
}

TEST(PrepareCapacity, IsKeptWithinOtherBounds) {
  api::ServiceStatus status;
  status.capacity = api::CapacityStatus{.per_replica = 15, .source = "Learned", .learned = 20, .evidence = "x"};
  ServiceRecord record = ServiceRecord::Remembered(status);
  Prepare(LearnsCapacity("5", "50"), At(kMorning), record);
  Prepare(LearnsCapacity("5", "80"), At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 20);
  Prepare(LearnsCapacity("30", "80"), At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 30);
  Prepare(LearnsCapacity("5", "80"), At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 30);
}

TEST(PrepareCapacity, ThatIsGivenIsNotLearned) {
  ServiceRecord record;
  Prepare(LearnsCapacity("5", "50"), At(kMorning), record);
  Prepare(Cached(), At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 10);
  EXPECT_FALSE(record.learned.has_value());
}

TEST(PrepareCapacity, OtherTargetUtilizationLosesNothingThatWasLearned) {
  api::ServiceStatus status;
  status.capacity = api::CapacityStatus{.per_replica = 20, .source = "Learned", .learned = 20, .evidence = "x"};
  ServiceRecord record = ServiceRecord::Remembered(status);
  CachedService cached = LearnsCapacity("5", "50");
  Prepare(cached, At(kMorning), record);
  std::get<api::LearnedCapacity>(*cached.service.spec->capacity).target_utilization_percent = 50;
  Prepare(cached, At(kMorning), record);
  EXPECT_EQ(record.capacity->full, 20);
  EXPECT_EQ(record.capacity->per_replica, 10);
}

TEST(PrepareCapacity, OneThatIsInvalidKeepsTheDecisionAndWhatWasLearned) {
  CachedService cached = Cached();
  ServiceRecord record = test::Taught(cached, test::Always(95));
  Take(Value(95), kMorning, record);
  Assess(cached, nullptr, At(kMorning), record);
  const int floor = record.decision->floor;
  ASSERT_GE(floor, 10);
  cached.service.spec->capacity = api::PerReplicaCapacity{.per_replica = 0, .target_utilization_percent = 75};
  for (WallTime at = kMorning; at < kMorning + hours(1); at += minutes(1)) {
    Take(Value(1), at, record);
    Assess(cached, nullptr, At(at), record);
  }
  ASSERT_TRUE(record.spec_problem);
  EXPECT_EQ(record.spec_problem->reason, "InvalidCapacity");
  EXPECT_EQ(record.decision->floor, floor);
  EXPECT_NE(record.learner, nullptr);
  EXPECT_EQ(BuildStatus(cached, record, nullptr, kMorning).floor->current, floor);
}

}  // namespace
}  // namespace dso::controller
