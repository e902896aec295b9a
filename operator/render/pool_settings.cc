#include "render/pool_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace dso::render {
namespace {

using std::chrono::minutes;

// What the clients do by themselves; none is told to be more patient than that.
constexpr milliseconds kLongestLifetime = minutes(30);
constexpr milliseconds kLongestIdle = minutes(10);
constexpr milliseconds kLongestKeepAlive = minutes(5);

// HikariCP replaces a shorter one by its default. Its least maxLifetime, 30 s, is what the shortest idleLimit leaves.
constexpr milliseconds kHikariLeastIdle = seconds(10);

// A gRPC server takes a ping each 5 minutes by default and ends a connection that pings oftener: a tenth above.
constexpr milliseconds kGrpcKeepalive = seconds(330);
constexpr milliseconds kGrpcKeepaliveTimeout = seconds(20);

// In whole seconds, which is what some clients count in.
milliseconds BeforeIdleLimit(const api::ConnectionPool& pool) {
  return std::chrono::floor<seconds>(pool.backend.idle_limit) - seconds(30);
}

milliseconds Lifetime(const api::ConnectionPool& pool) { return std::min(BeforeIdleLimit(pool), kLongestLifetime); }

// Who has waited for ten holds is in a queue that only less load ends; the caller had better know. 5 s, since a client
// may also wait so for a new connection, of which the first two packets were lost.
milliseconds Wait(const api::ConnectionPool& pool) {
  return std::chrono::ceil<seconds>(std::clamp<milliseconds>(10 * pool.hold_time, seconds(5), seconds(30)));
}

std::string Millis(milliseconds time) { return fmt::to_string(time.count()); }
std::string Seconds(milliseconds time) { return fmt::to_string(std::chrono::floor<seconds>(time).count()); }
std::string GoDuration(milliseconds time) { return Seconds(time) + "s"; }

// A pool of fixed size: its replicas are there before the traffic comes, so its connections should be too, and the
// budget counts them all whether they are open or not.
std::vector<PoolSetting> Hikari(const api::ConnectionPool& pool, const std::string& size) {
  const milliseconds lifetime = Lifetime(pool);
  const milliseconds idle = std::clamp(lifetime - seconds(30), kHikariLeastIdle, kLongestIdle);
  return {{"MAXIMUMPOOLSIZE", size},
          {"MINIMUMIDLE", size},
          {"CONNECTIONTIMEOUT", Millis(Wait(pool))},
          {"IDLETIMEOUT", Millis(idle)},
          {"MAXLIFETIME", Millis(lifetime)}};
}

std::vector<PoolSetting> OkHttp(const api::ConnectionPool& pool, const std::string& size) {
  return {{"MAX_REQUESTS", size},
          {"MAX_REQUESTS_PER_HOST", size},
          {"MAX_IDLE_CONNECTIONS", size},
          {"KEEP_ALIVE_DURATION_MS", Millis(std::min(BeforeIdleLimit(pool), kLongestKeepAlive))}};
}

// No pings without a call: a server that does not permit them takes one each two hours.
std::vector<PoolSetting> Grpc(const api::ConnectionPool& pool, const std::string& size) {
  return {{"MAX_CHANNELS", size},
          {"KEEPALIVE_TIME_MS", Millis(kGrpcKeepalive)},
          {"KEEPALIVE_TIMEOUT_MS", Millis(kGrpcKeepaliveTimeout)},
          {"KEEPALIVE_PERMIT_WITHOUT_CALLS", "0"},
          {"CLIENT_IDLE_TIMEOUT_MS", Millis(Lifetime(pool))}};
}

std::vector<PoolSetting> SqlAlchemy(const api::ConnectionPool& pool, const std::string& size) {
  return {{"POOL_SIZE", size},
          {"MAX_OVERFLOW", "0"},
          {"POOL_TIMEOUT", Seconds(Wait(pool))},
          {"POOL_RECYCLE", Seconds(Lifetime(pool))},
          {"POOL_PRE_PING", "true"}};
}

// As many may be idle as open: with the default of two, a busy program closes what it opens again at once.
std::vector<PoolSetting> GoSql(const api::ConnectionPool& pool, const std::string& size) {
  return {{"MAX_OPEN_CONNS", size},
          {"MAX_IDLE_CONNS", size},
          {"CONN_MAX_LIFETIME", GoDuration(Lifetime(pool))},
          {"CONN_MAX_IDLE_TIME", GoDuration(std::min(BeforeIdleLimit(pool), kLongestIdle))}};
}

std::vector<PoolSetting> Generic(const api::ConnectionPool& pool, const std::string& size) {
  return {{"MAX_CONNECTIONS", size},
          {"IDLE_TIMEOUT_SECONDS", Seconds(std::min(BeforeIdleLimit(pool), kLongestIdle))},
          {"WAIT_TIMEOUT_SECONDS", Seconds(Wait(pool))}};
}

}  // namespace

std::vector<PoolSetting> PoolSettings(const PoolSize& size) {
  const std::string connections = fmt::to_string(size.per_process);
  switch (size.pool.client) {
    case api::PoolClient::kHikari: return Hikari(size.pool, connections);
    case api::PoolClient::kOkHttp: return OkHttp(size.pool, connections);
    case api::PoolClient::kGrpc: return Grpc(size.pool, connections);
    case api::PoolClient::kSqlAlchemy: return SqlAlchemy(size.pool, connections);
    case api::PoolClient::kGoSql: return GoSql(size.pool, connections);
    case api::PoolClient::kGeneric: return Generic(size.pool, connections);
  }
  return {};
}

}  // namespace dso::render
