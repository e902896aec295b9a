#include "prom/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/prom/api_json.h"

namespace dso::prom {
namespace {

using State = Reading::State;

constexpr WallTime kAt{std::chrono::seconds(1'700'000'000)};
constexpr seconds kMaxAge(150);
const ServiceKey kChat{.namespace_name = "prod", .name = "chat"};

// One service's evidence, in the units of the answers; an unset field is a series that did not come.
struct Case {
  std::optional<double> demand{};
  std::optional<milliseconds> age{};          // of the newest sample
  std::optional<milliseconds> targets_age{};  // since a target was last seen up
  bool all_down = false;
};

InstantAnswer One(std::optional<double> value) {
  InstantAnswer answer;
  if (value) answer.series.push_back({.labels = Of("prod", "chat"), .points = {{.at = kAt, .value = *value}}});
  return answer;
}

// Targets by the value of `up`.
InstantAnswer Counts(const std::map<std::string, double>& by_state) {
  InstantAnswer answer;
  for (const auto& [state, count] : by_state) {
    Labels labels = Of("prod", "chat");
    labels["up"] = state;
    answer.series.push_back({.labels = std::move(labels), .points = {{.at = kAt, .value = count}}});
  }
  return answer;
}

std::optional<double> SecondsBefore(std::optional<milliseconds> age) {
  if (!age) return std::nullopt;
  return static_cast<double>((kAt - *age).time_since_epoch().count()) / 1000.0;
}

PresetAnswers AnswersOf(const Case& c) {
  return {.demand = One(c.demand),
          .freshness = One(SecondsBefore(c.age)),
          .targets = One(c.all_down ? std::optional<double>(0) : SecondsBefore(c.targets_age))};
}

Reading Judge(const Case& c, Preset preset = Preset::kDeepseek) {
  return JudgePreset(preset, LabelNames{}, AnswersOf(c), kAt, kMaxAge).Of(kChat);
}

TEST(Reading, IsAValueWithItsSamplesTime) {
  const Reading reading = Judge({.demand = 12.5, .age = seconds(20), .targets_age = seconds(20)});
  EXPECT_EQ(reading.state, State::kValue);
  EXPECT_EQ(reading.value, 12.5);
  EXPECT_EQ(reading.sampled_at, kAt - seconds(20));
  EXPECT_EQ(reading.reason, Reason::kNone);
}

TEST(Reading, OfValueZeroIsAValue) {
  EXPECT_EQ(Judge({.demand = 0, .age = seconds(1), .targets_age = seconds(1)}).state, State::kValue);
}

TEST(Reading, OfPushedSeriesNeedsNoTarget) { EXPECT_EQ(Judge({.demand = 3, .age = seconds(20)}).state, State::kValue); }

TEST(Reading, IsZeroWhileTargetsAreUpAndTheCounterIsNotBorn) {
  const Reading reading = Judge({.targets_age = seconds(15)});
  EXPECT_EQ(reading.state, State::kZero);
  EXPECT_EQ(reading.value, 0);
  EXPECT_EQ(reading.sampled_at, kAt - seconds(15));
}

TEST(Reading, IsMissingWithoutSeriesAndTargets) {
  const Reading reading = Judge({});
  EXPECT_EQ(reading.state, State::kMissing);
  EXPECT_EQ(reading.reason, Reason::kNoTarget);
  EXPECT_THAT(reading.message, testing::HasSubstr("ServiceMonitor"));
}

TEST(Reading, IsMissingWhileAllTargetsAreDownWhateverIsLeftInTheWindow) {
  EXPECT_EQ(Judge({.all_down = true}).reason, Reason::kTargetsDown);
  EXPECT_EQ(Judge({.demand = 5, .age = seconds(10), .all_down = true}).reason, Reason::kTargetsDown);
}

TEST(Reading, IsMissingWhenItIsNoNumber) {
  const auto reason_of = [](double value) {
    const Reading reading = Judge({.demand = value, .age = seconds(1), .targets_age = seconds(1)});
    EXPECT_EQ(reading.state, State::kMissing);
    return reading.reason;
  };
  EXPECT_EQ(reason_of(NAN), Reason::kNotANumber);
  EXPECT_EQ(reason_of(INFINITY), Reason::kNotANumber);
  EXPECT_EQ(reason_of(-1), Reason::kNegative);
}

TEST(Reading, IsMissingWhenStale) {
  EXPECT_EQ(Judge({.demand = 5, .age = kMaxAge, .targets_age = seconds(1)}).state, State::kValue);
  EXPECT_EQ(Judge({.demand = 5, .age = kMaxAge + milliseconds(1), .targets_age = seconds(1)}).reason, Reason::kStale);
  // The agent that wrote the samples died: the rate is gone, `up` lingers. That is not zero.
  EXPECT_EQ(Judge({.age = seconds(200), .targets_age = seconds(200)}).reason, Reason::kStale);
  EXPECT_EQ(Judge({.targets_age = seconds(200)}).reason, Reason::kStale);
}

TEST(Reading, IsMissingWhileTheWindowHoldsTooFewSamples) {
  EXPECT_EQ(Judge({.age = seconds(5), .targets_age = seconds(5)}).reason, Reason::kTooFewSamples);
  EXPECT_THAT(Judge({.age = seconds(5), .targets_age = seconds(5)}, Preset::kVllm).message,
              testing::HasSubstr("gauge"));
}

// Pods that were just replaced leave traffic in the window, but no newest sample.
TEST(Reading, OfASeriesThatJustEndedIsAsOldAsItsWindow) {
  const Reading reading = Judge({.demand = 5, .targets_age = seconds(5)});
  EXPECT_EQ(reading.state, State::kValue);
  EXPECT_EQ(reading.sampled_at, kAt - kRateWindow);
  EXPECT_EQ(Judge({.demand = 5, .targets_age = seconds(5)}, Preset::kVllm).sampled_at, kAt);
}

TEST(Reading, OfAPartialAnswerIsAValueWithReservationButNeverZero) {
  PresetAnswers value = AnswersOf({.demand = 5, .age = seconds(1), .targets_age = seconds(1)});
  value.demand.notes.warnings = {"store-1 is away"};
  const Reading reading = JudgePreset(Preset::kDeepseek, LabelNames{}, value, kAt, kMaxAge).Of(kChat);
  EXPECT_EQ(reading.state, State::kValue);
  EXPECT_EQ(reading.reason, Reason::kPartial);
  EXPECT_THAT(reading.message, testing::HasSubstr("store-1 is away"));

  PresetAnswers absent = AnswersOf({.targets_age = seconds(1)});
  absent.demand.notes.warnings = {"store-1 is away"};
  const Reading missing = JudgePreset(Preset::kDeepseek, LabelNames{}, absent, kAt, kMaxAge).Of(kChat);
  EXPECT_EQ(missing.state, State::kMissing);
  EXPECT_EQ(missing.reason, Reason::kPartial);
}

TEST(Reading, CarriesTheRejectedRate) {
  PresetAnswers answers = AnswersOf({.demand = 5, .age = seconds(1), .targets_age = seconds(1)});
  EXPECT_FALSE(JudgePreset(Preset::kDeepseek, LabelNames{}, answers, kAt, kMaxAge).Of(kChat).rejected);
  answers.rejected = One(1.5);
  EXPECT_EQ(JudgePreset(Preset::kDeepseek, LabelNames{}, answers, kAt, kMaxAge).Of(kChat).rejected, 1.5);
  answers.rejected = InstantAnswer{};
  EXPECT_EQ(JudgePreset(Preset::kDeepseek, LabelNames{}, answers, kAt, kMaxAge).Of(kChat).rejected, 0);
}

TEST(Reading, CarriesTheQueue) {
  PresetAnswers answers = AnswersOf({.demand = 5, .age = seconds(1), .targets_age = seconds(1)});
  const auto waiting = [&] {
    return JudgePreset(Preset::kVllm, LabelNames{}, answers, kAt, kMaxAge).Of(kChat).waiting;
  };
  EXPECT_FALSE(waiting());
  answers.waiting = One(3);
  EXPECT_EQ(waiting(), 3);
  answers.waiting = One(NAN);
  EXPECT_FALSE(waiting());
  answers.waiting = InstantAnswer{};
  EXPECT_FALSE(waiting()) << "a gauge that does not exist is no empty queue";
}

TEST(Reading, CarriesHowManyTargetsAreUp) {
  PresetAnswers answers = AnswersOf({.demand = 5, .age = seconds(1), .targets_age = seconds(1)});
  const auto reading = [&] { return JudgePreset(Preset::kVllm, LabelNames{}, answers, kAt, kMaxAge).Of(kChat); };
  EXPECT_FALSE(reading().targets_up);
  EXPECT_FALSE(reading().targets);
  answers.target_counts = Counts({{"1", 3}, {"0", 2}});
  EXPECT_EQ(reading().targets_up, 3);
  EXPECT_EQ(reading().targets, 5);
  EXPECT_EQ(reading().state, State::kValue) << "two series of one service are meant here";
  answers.target_counts = Counts({{"0", 2}});
  EXPECT_EQ(reading().targets_up, 0);
  answers.target_counts = InstantAnswer{};
  EXPECT_FALSE(reading().targets) << "pushed rather than scraped";
}

TEST(Reading, OfOneServiceThatComesTwiceIsAmbiguous) {
  PresetAnswers answers = AnswersOf({.demand = 5, .age = seconds(1), .targets_age = seconds(1)});
  answers.demand.series.push_back(answers.demand.series.front());
  EXPECT_EQ(JudgePreset(Preset::kDeepseek, LabelNames{}, answers, kAt, kMaxAge).Of(kChat).reason,
            Reason::kSeveralSeries);
}

TEST(Reading, IgnoresSeriesWithoutTheLabels) {
  PresetAnswers answers;
  answers.demand.series = {{.labels = {{"namespace", "prod"}}, .points = {{.at = kAt, .value = 1}}},
                           {.labels = {{"namespace", ""}, {"service", ""}}, .points = {{.at = kAt, .value = 1}}}};
  EXPECT_TRUE(JudgePreset(Preset::kVllm, LabelNames{}, answers, kAt, kMaxAge).services.empty());
}

TEST(Reading, UsesTheAdministratorsLabels) {
  PresetAnswers answers;
  answers.demand.series = {{.labels = {{"ns", "prod"}, {"app", "chat"}}, .points = {{.at = kAt, .value = 1}}}};
  const LabelNames labels{.namespace_label = "ns", .service_label = "app"};
  EXPECT_EQ(JudgePreset(Preset::kVllm, labels, answers, kAt, kMaxAge).Of(kChat).value, 1);
}

TEST(Reading, OfACustomQueryIsMissingWhenEmpty) {
  const Reading reading = JudgeCustom(InstantAnswer{}, kAt, kMaxAge);
  EXPECT_EQ(reading.reason, Reason::kNoSeries);
  EXPECT_THAT(reading.message, testing::HasSubstr("or vector(0)"));
  EXPECT_EQ(JudgeCustom(One(4), kAt, kMaxAge).value, 4);
}

}  // namespace
}  // namespace dso::prom
