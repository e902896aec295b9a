#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service_json.h"

namespace dso::api {
namespace {

using nlohmann::json;
using test::Complaint;
using test::LeastSpec;
using test::ServiceWithSpec;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

json Pool(const std::string& name) {
  return {{"name", name}, {"backend", {{"name", "mysql"}, {"maxConnections", 500}}}, {"holdTime", "300ms"}};
}

json SpecWith(const std::vector<json>& pools) {
  json spec = LeastSpec();
  spec["connectionPools"] = pools;
  return spec;
}

std::vector<ConnectionPool> MustRead(const std::vector<json>& pools) {
  auto service = FromJson(ServiceWithSpec(SpecWith(pools)));
  EXPECT_TRUE(service->spec.ok()) << service->spec.error().message;
  return service->spec.ok() ? service->spec->connection_pools : std::vector<ConnectionPool>{};
}

TEST(ConnectionPoolsTest, FillsInDefaults) {
  const auto pools = MustRead({Pool("orders-db")});
  ASSERT_THAT(pools, SizeIs(1));
  EXPECT_EQ(pools[0], (ConnectionPool{"orders-db", Backend{"mysql", 500, 5, std::nullopt, 8h, std::nullopt}, 1,
                                      PoolBounds{1, 100}, 300ms, PoolClient::kGeneric, "ORDERS_DB_"}));
}

TEST(ConnectionPoolsTest, EachProcessHasAConnectionUnlessMinSaysMore) {
  json pool = Pool("orders-db");
  pool["processesPerReplica"] = 4;
  EXPECT_EQ(MustRead({pool}).at(0).per_replica, (PoolBounds{4, 100}));
  pool["perReplica"] = {{"max", 4}};
  EXPECT_EQ(MustRead({pool}).at(0).per_replica, (PoolBounds{4, 4}));
  pool["perReplica"] = {{"min", 6}};
  EXPECT_EQ(MustRead({pool}).at(0).per_replica, (PoolBounds{6, 100}));
}

TEST(ConnectionPoolsTest, VariablesAreNamedAfterThePool) {
  EXPECT_EQ(MustRead({Pool("db2-eu-west")}).at(0).env_prefix, "DB2_EU_WEST_");
  EXPECT_THAT(MustRead({Pool(std::string(63, 'a'))}).at(0).env_prefix, std::string(63, 'A') + "_");
}

TEST(ConnectionPoolsTest, ReadsEveryClientAndExporter) {
  json pool = Pool("orders-db");
  for (const char* client : {"hikari", "okhttp", "grpc", "sqlalchemy", "go-sql", "generic"}) {
    pool["client"] = client;
    EXPECT_EQ(ToString(MustRead({pool}).at(0).client), client);
  }
  for (const char* exporter : {"mysql", "postgres"}) {
    pool["backend"]["exporter"] = exporter;
    EXPECT_EQ(ToString(*MustRead({pool}).at(0).backend.exporter), exporter);
  }
}

TEST(ConnectionPoolsTest, BoundsTheList) {
  std::vector<json> pools;
  for (int i = 0; i < 8; ++i) pools.push_back(Pool("db" + std::to_string(i)));
  EXPECT_THAT(MustRead(pools), SizeIs(8));
  pools.push_back(Pool("db8"));
  EXPECT_EQ(Complaint(SpecWith(pools)), "spec.connectionPools: has 9 entries; at most 8 fit");
}

TEST(ConnectionPoolsTest, AHoldTimeOfZeroIsToldWhy) {
  json pool = Pool("orders-db");
  pool["holdTime"] = "0s";
  EXPECT_EQ(
      Complaint(SpecWith({pool})),
      "spec.connectionPools[0].holdTime: \"0s\" would mean that requests need no connection at all; give the mean "
      "time for which one holds a connection, such as 300ms");
  pool["holdTime"] = "1ms";
  EXPECT_EQ(Complaint(SpecWith({pool})), "");
  pool["holdTime"] = "24h";
  EXPECT_EQ(Complaint(SpecWith({pool})), "");
}

// One wrong figure is one problem, not one for each rule that needs it.
TEST(ConnectionPoolsTest, OneWrongFigureIsOneProblem) {
  json pool = Pool("orders-db");
  pool["backend"]["maxConnections"] = 3;
  EXPECT_EQ(Complaint(SpecWith({pool})),
            "spec.connectionPools[0].backend.maxConnections: 3 leaves nothing beside the 5 reserved ones; raise it or "
            "lower reserved");
  json twin = Pool("reports");
  twin["backend"]["maxConnections"] = 0;
  EXPECT_EQ(Complaint(SpecWith({Pool("orders-db"), twin})),
            "spec.connectionPools[1].backend.maxConnections: 0 is out of range; give a number from 1 to 1000000");
}

TEST(ConnectionPoolsTest, OneBackendHasOneTruth) {
  json twin = Pool("reports");
  twin["backend"]["maxConnections"] = 400;
  EXPECT_EQ(Complaint(SpecWith({Pool("orders-db"), twin})),
            "spec.connectionPools[1].backend.maxConnections: 400 here, 500 in spec.connectionPools[0].backend, which "
            "names the same backend \"mysql\"; give both the same, or give the backends different names");
  twin["backend"]["name"] = "other";
  EXPECT_EQ(Complaint(SpecWith({Pool("orders-db"), twin})), "");
  // How long a connection may be idle depends on the way to the server as well.
  twin = Pool("reports");
  twin["backend"]["idleLimit"] = "5m";
  EXPECT_EQ(Complaint(SpecWith({Pool("orders-db"), twin})), "");
}

TEST(ConnectionPoolsTest, SharesAreCountedByBackend) {
  std::vector<json> pools = {Pool("a"), Pool("b"), Pool("c")};
  for (json& pool : pools) pool["backend"]["sharePercent"] = 50;
  EXPECT_EQ(Complaint(SpecWith(pools)),
            "spec.connectionPools: the shares of backend \"mysql\" sum up to 150 %; lower sharePercent of its pools "
            "until they are at most 100 % together");
  pools[2]["backend"]["name"] = "other";
  EXPECT_EQ(Complaint(SpecWith(pools)), "");
}

TEST(ConnectionPoolsTest, AVariableOfTheTemplateThatWouldWinIsNamedWithItsContainer) {
  json spec = SpecWith({Pool("orders-db")});
  spec["template"]["spec"]["containers"] = json::parse(R"([
    {"name": "server", "env": [{"name": "ORDERS"}, {"name": "XORDERS_DB_MAX"}]},
    {"name": "proxy", "env": [{"name": "A"}, {"name": "ORDERS_DB_MAX", "value": "hunter2"}]}])");
  EXPECT_EQ(Complaint(spec),
            "spec.template.spec.containers[1].env[1].name: container \"proxy\" sets \"ORDERS_DB_MAX\", which would "
            "silently take the place of the operator's value for pool \"orders-db\"; remove it, or give the pool "
            "another envPrefix than \"ORDERS_DB_\"");
  spec["connectionPools"][0]["envPrefix"] = "POOL_";
  EXPECT_EQ(Complaint(spec), "");
}

// The template belongs to Kubernetes: what is wrong in it otherwise is told once, or by the API server.
TEST(ConnectionPoolsTest, AnOddTemplateIsNoProblemOfThePools) {
  json spec = SpecWith({Pool("orders-db")});
  spec["template"]["spec"]["containers"] = json::parse(R"([{"env": [{"name": 7}, {}, null, "x"]}, 7, null])");
  EXPECT_EQ(Complaint(spec), "");
  spec["template"]["spec"]["containers"] = "server";
  EXPECT_EQ(Complaint(spec), "spec.template.spec.containers: \"server\" is not a list");
}

TEST(ConnectionPoolsTest, NullIsAbsent) {
  json pool = Pool("orders-db");
  for (const char* field : {"processesPerReplica", "perReplica", "client", "envPrefix"}) pool[field] = nullptr;
  for (const char* field : {"reserved", "sharePercent", "idleLimit", "exporter"}) pool["backend"][field] = nullptr;
  EXPECT_EQ(MustRead({pool}), MustRead({Pool("orders-db")}));
  EXPECT_THAT(Complaint(SpecWith({nullptr})), HasSubstr("spec.connectionPools[0]: missing; remove the empty entry"));
  json spec = LeastSpec();
  spec["connectionPools"] = nullptr;
  EXPECT_EQ(Complaint(spec), "");
}

}  // namespace
}  // namespace dso::api
