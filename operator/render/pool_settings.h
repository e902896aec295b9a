// The settings of a connection pool in the words of the client library that has it. Pure; deterministic; thread-safe.
// docs/connection-pool-clients.md has the source of each rule, and how a program reads the settings.
//
// A change here restarts every pod that has such a pool on the day of the operator's upgrade:
// tests/render/golden_test.cc.
#pragma once

#include <string>
#include <vector>

#include "api/spec.h"

namespace dso::render {

// What a pool of one process may open.
struct PoolSize {
  api::ConnectionPool pool;
  int per_process = 1;  // connections; >= 1: several clients read 0 as "no limit"

  friend bool operator==(const PoolSize&, const PoolSize&) = default;
};

struct PoolSetting {
  std::string name;  // of the environment variable, without the pool's prefix
  std::string value;

  friend bool operator==(const PoolSetting&, const PoolSetting&) = default;
};

// In a fixed order. Every client is told how many connections it may open and, in the unit that it takes, to give up a
// connection before the backend does:
//
//   before = idleLimit - 30 s                     clients look at what is idle every half a minute or so
//   wait   = 10 x holdTime within 5 s and 30 s    for a connection, where the client can be told
//
// What is recycled by age instead of idleness is so too: what is no older has not been idle for longer.
// Precondition: the pool is valid; so idleLimit is a minute at least.
std::vector<PoolSetting> PoolSettings(const PoolSize& size);

}  // namespace dso::render
