// Connection pools for the tests of operator/render.
#pragma once

#include <chrono>
#include <string>

#include "render/pool_settings.h"

namespace dso::render::test {

// Five connections for each process.
inline PoolSize OrdersDb(api::PoolClient client) {
  PoolSize size;
  size.pool.name = "orders-db";
  size.pool.backend.name = "orders-mysql";
  size.pool.backend.max_connections = 500;
  size.pool.hold_time = std::chrono::milliseconds(300);
  size.pool.client = client;
  size.pool.env_prefix = "ORDERS_DB_";
  size.per_process = 5;
  return size;
}

}  // namespace dso::render::test
