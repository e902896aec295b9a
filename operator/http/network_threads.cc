#include "http/network_threads.h"

// Boost 1.74's asio, which cpprestsdk includes, needs <utility> before it under C++20.
// clang-format off
#include <utility>
#include <pplx/threadpool.h>
// clang-format on

#include <cstddef>
#include <mutex>

namespace dso::http {
namespace {

// Two threads do the TLS and the parsing of heads for all connections, and answer the few requests to us.
constexpr size_t kNetworkThreads = 2;

}  // namespace

void StartNetworkThreadsOnce() {
  static std::once_flag started;
  std::call_once(started, [] { crossplat::threadpool::initialize_with_threads(kNetworkThreads); });
}

}  // namespace dso::http
