// `deepseek-operator ready`: what `helm test` runs, in an image that has no shell and no curl.
#pragma once

#include <string>

namespace dso::cli {

struct ReadyOptions {
  std::string url = "http://127.0.0.1:8080";
  std::string timeout = "0s";
};

// Asks /readyz once a second until it says yes or the timeout is over, and prints its answer. The exit code: 0 if the
// operator is ready, 1 if it is not or cannot be reached, 2 for a flag that is wrong. Call on the main thread before
// any other thread is started.
int RunReady(const ReadyOptions& options);

}  // namespace dso::cli
