#include "rpc/request_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace dso::rpc {
namespace {

namespace v1 = deepseek::forecast::v1;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <typename T>
std::vector<std::string> FieldsOf(const Checked<T>& checked) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : checked.violations) {
    fields.push_back(violation.field);
    EXPECT_FALSE(violation.description.empty());
  }
  return fields;
}

TEST(CheckService, NamesEachFieldThatIsWrong) {
  EXPECT_THAT(FieldsOf(CheckService("prod", "chat")), IsEmpty());
  EXPECT_THAT(FieldsOf(CheckService("prod", "chat.v2")), IsEmpty());
  EXPECT_THAT(FieldsOf(CheckService("", "")), ElementsAre("namespace", "service"));
  EXPECT_THAT(FieldsOf(CheckService("Prod", "../chat")), ElementsAre("namespace", "service"));
  const auto endless = CheckService(std::string(100'000, 'a'), "chat");
  ASSERT_THAT(FieldsOf(endless), ElementsAre("namespace"));
  EXPECT_LT(endless.violations[0].description.size(), 200U);
}

TEST(CheckPath, TakesWhatMakesSense) {
  v1::GetForecastRequest request;
  EXPECT_THAT(FieldsOf(CheckPath(request)), IsEmpty());
  request.mutable_horizon()->set_seconds(24 * 3600);
  request.mutable_step()->set_seconds(300);
  for (const double quantile : {0.1, 0.5, 0.99}) request.add_quantiles(quantile);
  const auto checked = CheckPath(request);
  EXPECT_THAT(FieldsOf(checked), IsEmpty());
  EXPECT_EQ(checked.value.horizon, std::chrono::hours(24));
  EXPECT_EQ(checked.value.step, std::chrono::minutes(5));
  EXPECT_THAT(checked.value.quantiles, ElementsAre(0.1, 0.5, 0.99));
}

TEST(CheckPath, RefusesAbsurdHorizons) {
  const std::vector<std::pair<int64_t, int32_t>> absurd = {{0, 0},
                                                           {-1, 0},
                                                           {0, 1},
                                                           {8 * 24 * 3600, 0},
                                                           {std::numeric_limits<int64_t>::max(), 0},
                                                           {5, -1000},
                                                           {60, 2'000'000'000}};
  for (const auto& [whole, nanos] : absurd) {
    v1::GetForecastRequest request;
    request.mutable_horizon()->set_seconds(whole);
    request.mutable_horizon()->set_nanos(nanos);
    EXPECT_THAT(FieldsOf(CheckPath(request)), ElementsAre("horizon")) << whole << " s " << nanos << " ns";
  }
}

TEST(CheckPath, RefusesPathsWithoutEnd) {
  v1::GetForecastRequest request;
  request.mutable_horizon()->set_seconds(7 * 24 * 3600);
  request.mutable_step()->set_seconds(1);
  const auto checked = CheckPath(request);
  ASSERT_THAT(FieldsOf(checked), ElementsAre("step"));
  EXPECT_THAT(checked.violations[0].description, HasSubstr("10m5s or more"));
}

TEST(CheckPath, RefusesQuantilesThatAreNone) {
  for (const double quantile : {0.0, 1.0, -0.5, 2.0, 0.9999, std::numeric_limits<double>::quiet_NaN(),
                                std::numeric_limits<double>::infinity()}) {
    v1::GetForecastRequest request;
    request.add_quantiles(0.5);
    request.add_quantiles(quantile);
    EXPECT_THAT(FieldsOf(CheckPath(request)), ElementsAre("quantiles[1]")) << quantile;
  }
  v1::GetForecastRequest unsorted;
  unsorted.add_quantiles(0.9);
  unsorted.add_quantiles(0.5);
  unsorted.add_quantiles(0.5);
  EXPECT_THAT(FieldsOf(CheckPath(unsorted)), ElementsAre("quantiles[1]", "quantiles[2]"));
  v1::GetForecastRequest many;
  for (int i = 0; i < 1000; ++i) many.add_quantiles(0.01 + 0.0009 * i);
  EXPECT_THAT(FieldsOf(CheckPath(many)), ElementsAre("quantiles"));
}

TEST(CheckList, PagesGoOnWhereTheLastEnded) {
  v1::ListServicesRequest request;
  EXPECT_EQ(CheckList(request).value.page_size, 500U);
  request.set_page_size(7);
  request.set_page_token(PageToken({"prod", "chat"}));
  const auto checked = CheckList(request);
  EXPECT_THAT(FieldsOf(checked), IsEmpty());
  EXPECT_EQ(checked.value.page_size, 7U);
  EXPECT_EQ(checked.value.after, Board::Key("prod", "chat"));
  request.set_page_size(501);
  request.set_page_token("nonsense");
  EXPECT_THAT(FieldsOf(CheckList(request)), ElementsAre("page_size", "page_token"));
}

TEST(CheckWatch, AServiceNeedsItsNamespace) {
  v1::WatchDecisionsRequest request;
  EXPECT_THAT(FieldsOf(CheckWatch(request)), IsEmpty());
  request.set_service("chat");
  EXPECT_THAT(FieldsOf(CheckWatch(request)), ElementsAre("namespace"));
  request.set_namespace_("prod");
  EXPECT_THAT(FieldsOf(CheckWatch(request)), IsEmpty());
}

TEST(CheckScaledObject, FollowsAServiceOfItsOwnNamespaceOnly) {
  externalscaler::ScaledObjectRef ref;
  ref.set_namespace_("prod");
  EXPECT_THAT(FieldsOf(CheckScaledObject(ref)), ElementsAre("scalerMetadata.service"));
  (*ref.mutable_scalermetadata())["service"] = "chat";
  EXPECT_THAT(FieldsOf(CheckScaledObject(ref)), IsEmpty());
  (*ref.mutable_scalermetadata())["namespace"] = "prod";
  EXPECT_THAT(FieldsOf(CheckScaledObject(ref)), IsEmpty());
  (*ref.mutable_scalermetadata())["namespace"] = "other";
  EXPECT_THAT(FieldsOf(CheckScaledObject(ref)), ElementsAre("scalerMetadata.namespace"));
}

std::string Csv(int samples, int step_seconds) {
  std::string csv;
  for (int i = 0; i < samples; ++i) {
    csv += std::to_string(1'700'000'000 + int64_t{step_seconds} * i) + "," + std::to_string(10 + i % 7) + "\n";
  }
  return csv;
}

TEST(CheckSimulation, DefaultsAreThoseOfABacktest) {
  v1::SimulateRequest request;
  request.set_csv(Csv(3000, 300));
  const auto checked = CheckSimulation(request);
  EXPECT_THAT(FieldsOf(checked), IsEmpty());
  EXPECT_DOUBLE_EQ(checked.value.options.capacity_per_replica, 1.6);
  EXPECT_EQ(checked.value.options.warmup, std::chrono::days(7));
  EXPECT_FALSE(checked.value.frontier);
}

TEST(CheckSimulation, RefusesWhatWouldTakeForEver) {
  v1::SimulateRequest request;
  EXPECT_THAT(FieldsOf(CheckSimulation(request)), ElementsAre("csv"));
  request.set_csv("what,is,this\n");
  EXPECT_THAT(FieldsOf(CheckSimulation(request)), ElementsAre("csv"));
  request.set_csv("0,1\n4000000000,2\n");
  EXPECT_THAT(FieldsOf(CheckSimulation(request)), ElementsAre("csv"));
  request.set_csv(Csv(100'001, 60));
  EXPECT_THAT(FieldsOf(CheckSimulation(request)), ElementsAre("csv"));
  request.set_csv(Csv(3000, 300));
  request.mutable_policy()->set_max_replicas(2'000'000'000);
  request.mutable_policy()->mutable_startup()->set_seconds(-5);
  request.mutable_policy()->set_time_zone("Mars/Olympus");
  EXPECT_THAT(FieldsOf(CheckSimulation(request)),
              ElementsAre("policy.max_replicas", "policy.startup", "policy.time_zone"));
  request.clear_policy();
  request.mutable_policy()->set_quantile(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(FieldsOf(CheckSimulation(request)), ElementsAre("policy"));
  request.clear_policy();
  request.mutable_policy()->set_capacity_per_replica(-1);
  EXPECT_THAT(FieldsOf(CheckSimulation(request)), ElementsAre("policy"));
}

}  // namespace
}  // namespace dso::rpc
