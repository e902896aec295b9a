#include "prom/backends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dso::prom {
namespace {

using testing::HasSubstr;

constexpr WallTime kNow{seconds(1'800'000'000)};
constexpr seconds kMaxAge{150};

Series Of(const std::string& namespace_name, const std::string& backend, double value) {
  return {{{"namespace", namespace_name}, {"service", backend}}, {{kNow, value}}};
}
Series Orders(double value) { return Of("prod", "orders", value); }
double SecondsAgo(seconds age) { return static_cast<double>((kNow - age).time_since_epoch().count()) / 1000.0; }

BackendReading Judge(const BackendAnswers& answers, const ServiceKey& backend = {"prod", "orders"}) {
  const Answer<BackendReadings> readings = JudgeBackends(LabelNames{}, answers, kNow, kMaxAge);
  EXPECT_TRUE(readings.ok());
  return readings->Of(backend);
}

TEST(BackendQueries, RenderMysql) {
  const BackendQueries queries = *RenderBackendQueries(Exporter::kMysql, LabelNames{});
  EXPECT_EQ(queries.in_use, "max by (namespace, service) (mysql_global_status_threads_connected)");
  EXPECT_EQ(queries.limit, "min by (namespace, service) (mysql_global_variables_max_connections)");
  EXPECT_EQ(queries.freshness, "max by (namespace, service) (timestamp(mysql_global_status_threads_connected))");
}

TEST(BackendQueries, RenderPostgres) {
  const BackendQueries queries = *RenderBackendQueries(Exporter::kPostgres, LabelNames{});
  EXPECT_EQ(queries.in_use,
            "max by (namespace, service) (sum by (namespace, service, job, instance, server) "
            R"((pg_stat_activity_count{backend_type=~"|client backend"})))");
  EXPECT_EQ(queries.limit, "min by (namespace, service) (pg_settings_max_connections)");
  EXPECT_EQ(queries.freshness, "max by (namespace, service) (timestamp(pg_stat_activity_count))");
}

TEST(BackendQueries, UseTheAdministratorsLabels) {
  const LabelNames labels{.namespace_label = "kubernetes_namespace", .service_label = "app"};
  EXPECT_EQ(RenderBackendQueries(Exporter::kMysql, labels)->limit,
            "min by (kubernetes_namespace, app) (mysql_global_variables_max_connections)");
  EXPECT_EQ(RenderBackendQueries(Exporter::kPostgres, labels)->in_use,
            "max by (kubernetes_namespace, app) (sum by (kubernetes_namespace, app, job, instance, server) "
            R"((pg_stat_activity_count{backend_type=~"|client backend"})))");
}

TEST(BackendQueries, AskForTheSeriesOfTheNamespacesOnly) {
  const BackendQueries mysql = *RenderBackendQueries(Exporter::kMysql, LabelNames{}, {"prod", "test"});
  EXPECT_EQ(mysql.limit,
            R"(min by (namespace, service) (mysql_global_variables_max_connections{namespace=~"prod|test"}))");
  const BackendQueries postgres = *RenderBackendQueries(Exporter::kPostgres, LabelNames{}, {"prod"});
  EXPECT_EQ(postgres.in_use,
            "max by (namespace, service) (sum by (namespace, service, job, instance, server) "
            R"((pg_stat_activity_count{backend_type=~"|client backend",namespace=~"prod"})))");
  EXPECT_EQ(postgres.freshness,
            R"(max by (namespace, service) (timestamp(pg_stat_activity_count{namespace=~"prod"})))");
  EXPECT_FALSE(RenderBackendQueries(Exporter::kMysql, LabelNames{}, {"a|b"}).ok());
}

TEST(BackendQueries, RefuseALabelThatIsNoLabel) {
  for (const char* bad : {"", "1a", "a-b", "a) or (up"}) {
    const LabelNames labels{.namespace_label = "namespace", .service_label = bad};
    EXPECT_FALSE(RenderBackendQueries(Exporter::kMysql, labels).ok()) << bad;
    EXPECT_FALSE(RenderBackendQueries(Exporter::kPostgres, labels).ok()) << bad;
  }
}

TEST(JudgeBackends, HasBothFiguresOfEachBackend) {
  const BackendAnswers answers{.in_use = {{Orders(212), Of("prod", "users", 0), Of("test", "orders", 7)}},
                               .limit = {{Orders(500), Of("prod", "users", 100), Of("test", "orders", 151)}},
                               .freshness = {{Orders(SecondsAgo(seconds(9)))}}};
  const BackendReading orders = Judge(answers);
  EXPECT_EQ(orders.in_use, 212);
  EXPECT_EQ(orders.limit, 500);
  EXPECT_EQ(orders.sampled_at, kNow - seconds(9));
  EXPECT_EQ(orders.reason, Reason::kNone);
  EXPECT_EQ(Judge(answers, {"prod", "users"}).in_use, 0);
  EXPECT_EQ(Judge(answers, {"test", "orders"}).limit, 151) << "a backend belongs to one namespace";
}

TEST(JudgeBackends, SaysWhichFigureIsMissing) {
  const BackendReading no_use = Judge({.in_use = {}, .limit = {{Orders(500)}}, .freshness = {}});
  EXPECT_EQ(no_use.in_use, std::nullopt);
  EXPECT_EQ(no_use.limit, 500);
  EXPECT_EQ(no_use.reason, Reason::kNoSeries);
  EXPECT_THAT(no_use.message, HasSubstr("the connections in use"));
  const BackendReading no_limit = Judge({.in_use = {{Orders(7)}}, .limit = {}, .freshness = {}});
  EXPECT_EQ(no_limit.in_use, 7);
  EXPECT_EQ(no_limit.limit, std::nullopt);
  EXPECT_EQ(no_limit.reason, Reason::kNoSeries);
  EXPECT_THAT(no_limit.message, HasSubstr("the limit"));
  EXPECT_THAT(Judge({}).message, HasSubstr("check the ServiceMonitor"));
}

TEST(JudgeBackends, BelievesNoOldFigure) {
  const BackendAnswers answers{
      .in_use = {{Orders(7)}}, .limit = {{Orders(500)}}, .freshness = {{Orders(SecondsAgo(kMaxAge + seconds(1)))}}};
  const BackendReading reading = Judge(answers);
  EXPECT_EQ(reading.reason, Reason::kStale);
  EXPECT_EQ(reading.in_use, std::nullopt);
  EXPECT_EQ(reading.limit, std::nullopt);
}

TEST(JudgeBackends, BelievesNothingThatIsNoCount) {
  for (const double bad : {std::nan(""), -1.0, std::numeric_limits<double>::infinity()}) {
    const BackendReading reading = Judge({.in_use = {{Orders(bad)}}, .limit = {{Orders(500)}}, .freshness = {}});
    EXPECT_EQ(reading.in_use, std::nullopt) << bad;
    EXPECT_EQ(reading.limit, 500) << bad;
    EXPECT_NE(reading.reason, Reason::kNone) << bad;
  }
  EXPECT_EQ(Judge({.in_use = {{Orders(1e300)}}, .limit = {}, .freshness = {}}).in_use, std::numeric_limits<int>::max());
}

TEST(JudgeBackends, BelievesNoPartOfAnAnswer) {
  const InstantAnswer part{{Orders(7)}, {.warnings = {"store-3 is away"}}};
  for (const BackendAnswers& answers : {BackendAnswers{.in_use = part, .limit = {{Orders(500)}}, .freshness = {}},
                                        BackendAnswers{.in_use = {{Orders(7)}}, .limit = part, .freshness = {}}}) {
    const Answer<BackendReadings> readings = JudgeBackends(LabelNames{}, answers, kNow, kMaxAge);
    EXPECT_EQ(readings.reason(), Reason::kPartial);
    EXPECT_THAT(readings.error().message, HasSubstr("store-3 is away"));
  }
}

TEST(JudgeBackends, LeavesOutSeriesThatBelongToNobody) {
  const Series nobody{{{"namespace", "prod"}}, {{kNow, 7}}};
  const BackendAnswers answers{.in_use = {{nobody}}, .limit = {}, .freshness = {}};
  EXPECT_TRUE(JudgeBackends(LabelNames{}, answers, kNow, kMaxAge)->backends.empty());
}

}  // namespace
}  // namespace dso::prom
