#include "render/pool_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/render/pools.h"

namespace dso::render {

void PrintTo(const PoolSetting& setting, std::ostream* out) { *out << setting.name << "=" << setting.value; }

namespace {

using api::PoolClient;
using std::chrono::hours;
using std::chrono::minutes;
using Settings = std::vector<PoolSetting>;

std::string ValueOf(const PoolSize& size, const std::string& name) {
  for (const PoolSetting& setting : PoolSettings(size)) {
    if (setting.name == name) return setting.value;
  }
  return "no " + name;
}

PoolSize WithIdleLimit(PoolClient client, milliseconds idle_limit) {
  PoolSize size = test::OrdersDb(client);
  size.pool.backend.idle_limit = idle_limit;
  return size;
}

int64_t Number(const PoolSize& size, const std::string& name) { return std::stoll(ValueOf(size, name)); }

TEST(PoolSettings, Hikari) {
  EXPECT_EQ(PoolSettings(test::OrdersDb(PoolClient::kHikari)), (Settings{{"MAXIMUMPOOLSIZE", "5"},
                                                                         {"MINIMUMIDLE", "5"},
                                                                         {"CONNECTIONTIMEOUT", "5000"},
                                                                         {"IDLETIMEOUT", "600000"},
                                                                         {"MAXLIFETIME", "1800000"}}));
}

TEST(PoolSettings, OkHttp) {
  EXPECT_EQ(PoolSettings(test::OrdersDb(PoolClient::kOkHttp)), (Settings{{"MAX_REQUESTS", "5"},
                                                                         {"MAX_REQUESTS_PER_HOST", "5"},
                                                                         {"MAX_IDLE_CONNECTIONS", "5"},
                                                                         {"KEEP_ALIVE_DURATION_MS", "300000"}}));
}

TEST(PoolSettings, Grpc) {
  EXPECT_EQ(PoolSettings(test::OrdersDb(PoolClient::kGrpc)), (Settings{{"MAX_CHANNELS", "5"},
                                                                       {"KEEPALIVE_TIME_MS", "330000"},
                                                                       {"KEEPALIVE_TIMEOUT_MS", "20000"},
                                                                       {"KEEPALIVE_PERMIT_WITHOUT_CALLS", "0"},
                                                                       {"CLIENT_IDLE_TIMEOUT_MS", "1800000"}}));
}

TEST(PoolSettings, SqlAlchemy) {
  EXPECT_EQ(PoolSettings(test::OrdersDb(PoolClient::kSqlAlchemy)), (Settings{{"POOL_SIZE", "5"},
                                                                             {"MAX_OVERFLOW", "0"},
                                                                             {"POOL_TIMEOUT", "5"},
                                                                             {"POOL_RECYCLE", "1800"},
                                                                             {"POOL_PRE_PING", "true"}}));
}

TEST(PoolSettings, GoSql) {
  EXPECT_EQ(PoolSettings(test::OrdersDb(PoolClient::kGoSql)), (Settings{{"MAX_OPEN_CONNS", "5"},
                                                                        {"MAX_IDLE_CONNS", "5"},
                                                                        {"CONN_MAX_LIFETIME", "1800s"},
                                                                        {"CONN_MAX_IDLE_TIME", "600s"}}));
}

TEST(PoolSettings, Generic) {
  EXPECT_EQ(PoolSettings(test::OrdersDb(PoolClient::kGeneric)),
            (Settings{{"MAX_CONNECTIONS", "5"}, {"IDLE_TIMEOUT_SECONDS", "600"}, {"WAIT_TIMEOUT_SECONDS", "5"}}));
}

TEST(PoolSettings, GiveAConnectionUpHalfAMinuteBeforeTheBackendDoes) {
  const milliseconds limit = minutes(4);
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kHikari, limit), "MAXLIFETIME"), "210000");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kHikari, limit), "IDLETIMEOUT"), "180000");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kOkHttp, limit), "KEEP_ALIVE_DURATION_MS"), "210000");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kGrpc, limit), "CLIENT_IDLE_TIMEOUT_MS"), "210000");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kSqlAlchemy, limit), "POOL_RECYCLE"), "210");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kGoSql, limit), "CONN_MAX_LIFETIME"), "210s");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kGoSql, limit), "CONN_MAX_IDLE_TIME"), "210s");
  EXPECT_EQ(ValueOf(WithIdleLimit(PoolClient::kGeneric, limit), "IDLE_TIMEOUT_SECONDS"), "210");
}

// HikariCP replaces a value that breaks one of its rules by a default that knows nothing of the backend.
TEST(PoolSettings, KeepTheRulesOfHikari) {
  for (const int64_t limit_ms :
       std::initializer_list<int64_t>{60'000, 60'999, 69'000, 75'000, 600'000, 1'830'000, 1'840'000, 2'592'000'000}) {
    const PoolSize size = WithIdleLimit(PoolClient::kHikari, milliseconds(limit_ms));
    const int64_t lifetime = Number(size, "MAXLIFETIME");
    const int64_t idle = Number(size, "IDLETIMEOUT");
    EXPECT_GE(lifetime, 30'000) << limit_ms;
    EXPECT_LE(lifetime, 1'800'000) << limit_ms;
    EXPECT_LE(lifetime, limit_ms - 30'000);
    EXPECT_GE(idle, 10'000) << limit_ms;
    EXPECT_LE(idle + 1000, lifetime) << limit_ms;
  }
}

TEST(PoolSettings, NeverPingAGrpcServerMoreOftenThanItPermitsByDefault) {
  for (const milliseconds limit : {milliseconds(minutes(1)), milliseconds(hours(8))}) {
    EXPECT_GT(Number(WithIdleLimit(PoolClient::kGrpc, limit), "KEEPALIVE_TIME_MS"), 300'000);
  }
}

TEST(PoolSettings, WaitForTenHoldsWithinFiveSecondsAndThirty) {
  PoolSize size = test::OrdersDb(PoolClient::kSqlAlchemy);
  const auto wait = [&size](milliseconds hold) {
    size.pool.hold_time = hold;
    return ValueOf(size, "POOL_TIMEOUT");
  };
  EXPECT_EQ(wait(milliseconds(1)), "5");
  EXPECT_EQ(wait(milliseconds(500)), "5");
  EXPECT_EQ(wait(milliseconds(1234)), "13");
  EXPECT_EQ(wait(seconds(3)), "30");
  EXPECT_EQ(wait(hours(24)), "30");
}

}  // namespace
}  // namespace dso::render
