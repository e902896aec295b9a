#include "cli/explain_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/golden.h"
#include "tests/cli/sample_messages.h"

namespace dso::cli {
namespace {

using test::ExpectGolden;
using test::SampleDecision;
using test::SampleView;
using testing::HasSubstr;
using testing::Not;
namespace v1 = deepseek::forecast::v1;

TEST(ExplainPage, IsForThePersonOnCall) { ExpectGolden("explain_80", ExplainPage(SampleDecision(), SampleView())); }

TEST(ExplainPage, UsesAWideTerminal) { ExpectGolden("explain_120", ExplainPage(SampleDecision(), SampleView(120))); }

TEST(ExplainPage, BeginsWithTheSentence) {
  EXPECT_THAT(ExplainPage(SampleDecision(), SampleView(2000)),
              testing::StartsWith("prod/chat\nat least 9 replicas: forecast of the peak until"));
}

TEST(ExplainPage, EventsOverridesAndExternalForecastersHaveTheirLines) {
  v1::ExplainResponse response = SampleDecision();
  response.mutable_decision()->set_override(20);
  response.mutable_decision()->set_reason("Override");
  response.mutable_decision()->set_event(12);
  response.mutable_decision()->set_wanted(20);
  response.mutable_events()->set_multiplier(1.5);
  response.mutable_events()->set_multiplied_by("black friday");
  response.mutable_events()->set_min_replicas(12);
  response.mutable_events()->set_raised_by("launch");
  v1::External& external = *response.mutable_forecast()->mutable_external();
  external.set_forecaster("prophet");
  external.set_heeded(false);
  external.set_reason("it has not answered in 2s");
  ExpectGolden("explain_events", ExplainPage(response, SampleView()));
}

TEST(ExplainPage, SaysThatNothingHasBeenDecidedYet) {
  v1::ExplainResponse response;
  response.set_namespace_("prod");
  response.set_service("new");
  response.set_mode("Active");
  response.mutable_forecast()->set_state("Loading");
  ExpectGolden("explain_undecided", ExplainPage(response, SampleView()));
}

TEST(ExplainPage, AStandbySaysThatItIsOne) {
  v1::ExplainResponse response = SampleDecision();
  response.set_leads(false);
  EXPECT_THAT(ExplainPage(response, SampleView(200)), HasSubstr("told by an operator that does not lead"));
}

TEST(ExplainPage, WellConditionsAreCounted) {
  v1::ExplainResponse response = SampleDecision();
  for (v1::Condition& condition : *response.mutable_conditions()) condition.set_status("True");
  const std::string page = ExplainPage(response, SampleView());
  EXPECT_THAT(page, HasSubstr("\nAll 3 conditions are well.\n"));
  EXPECT_THAT(page, Not(HasSubstr("not well")));
}

TEST(ExplainPage, InShadowTheAutoscalerKeepsItsOwn) {
  v1::ExplainResponse response = SampleDecision();
  response.set_mode("Shadow");
  response.mutable_decision()->set_hpa_min_replicas(3);
  EXPECT_THAT(ExplainPage(response, SampleView()), HasSubstr("mode Shadow: the HPA is given minReplicas 3, it had 9"));
}

TEST(ExplainPage, ControlCharactersStayOut) {
  v1::ExplainResponse response = SampleDecision();
  response.mutable_decision()->set_explanation("clear\x1b[2Jthe\nscreen");
  EXPECT_THAT(ExplainPage(response, SampleView()), HasSubstr("clear [2Jthe screen."));
}

}  // namespace
}  // namespace dso::cli
