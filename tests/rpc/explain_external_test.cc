// What Explain tells of an external forecaster.
#include <gtest/gtest.h>

#include "rpc/messages.h"
#include "tests/rpc/views.h"

namespace dso::rpc {
namespace {

TEST(ExplainExternalTest, TellsWhatItSaysAndWhetherItIsHeeded) {
  const SharedView plain = test::View("prod", "chat", 3);
  auto status = std::make_shared<api::ServiceStatus>(*plain->status);
  status->external_forecast = api::ExternalForecastStatus{
      .forecaster = "prophet", .model = "prophet 1.1", .expected = 60, .quantile = 70, .error_percent = 12};
  api::SetCondition(status->conditions, api::kExternalForecasterAvailable, api::ConditionStatus::kTrue, "Heeded", "", 1,
                    plain->looked_at);
  ServiceView view = *plain;
  view.status = status;
  deepseek::forecast::v1::ExplainResponse response;
  Fill(view, response);
  const auto& external = response.forecast().external();
  EXPECT_EQ(external.forecaster(), "prophet");
  EXPECT_EQ(external.model(), "prophet 1.1");
  EXPECT_TRUE(external.heeded());
  EXPECT_EQ(external.reason(), "Heeded");
  EXPECT_EQ(external.expected(), 60);
  EXPECT_EQ(external.quantile(), 70);
  EXPECT_DOUBLE_EQ(external.error_ratio(), 0.12);
}

TEST(ExplainExternalTest, WhereNoneIsPickedThereIsNone) {
  deepseek::forecast::v1::ExplainResponse response;
  Fill(*test::View("prod", "chat", 3), response);
  EXPECT_FALSE(response.forecast().has_external());
}

}  // namespace
}  // namespace dso::rpc
