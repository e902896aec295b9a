// How much one client may ask for: requests a second, and streams that are open at once. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "base/time.h"
#include "runtime/token_bucket.h"

namespace dso::rpc {

struct Limits {
  int requests_per_second = 1000;  // of one client; two seconds' worth at once
  int streams_per_client = 256;
  int streams = 1024;  // of all clients
};

class ClientLimits {
 public:
  explicit ClientLimits(Limits limits) : limits_(limits) {}

  // False if the client has to wait.
  bool TryRequest(const std::string& client, SteadyTime now);
  // False if there are too many. Each success is given back by CloseStream().
  bool TryOpenStream(const std::string& client);
  void CloseStream(const std::string& client);

  const Limits& limits() const { return limits_; }

 private:
  const Limits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, runtime::TokenBucket> buckets_;
  std::unordered_map<std::string, int> streams_of_;
  int streams_ = 0;
};

}  // namespace dso::rpc
