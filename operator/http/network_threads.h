// cpprestsdk's thread pool, which its client and its server share. For this folder only.
#pragma once

namespace dso::http {

// Starts the pool with few threads instead of the 40 of cpprestsdk's default. Call before anything else of cpprestsdk;
// later calls do nothing. Thread-safe.
void StartNetworkThreadsOnce();

}  // namespace dso::http
