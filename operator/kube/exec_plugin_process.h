// Runs a child process to its end: bounded in time and output. Blocks, so never on the loop's thread. Thread-safe.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dso::kube {

struct Process {
  std::vector<std::string> argv;         // argv[0] without a slash is looked up in PATH
  std::vector<std::string> environment;  // all of it, NAME=value
  milliseconds time_limit;
};

struct ProcessOutcome {
  enum class End { kExited, kSignalled, kTimedOut, kCancelled, kTooMuchOutput };
  End end = End::kExited;
  int code = 0;              // the exit status or the signal
  std::string output{};      // standard output
  std::string error_tail{};  // the end of standard error, in one printable line
};

// Standard input is /dev/null. The child leads a process group of its own; when the time is up, when a stop is
// requested or when it writes more than it should, the whole group is killed. An Error if it cannot be started.
Result<ProcessOutcome> RunProcess(const Process& process, std::stop_token stop);

}  // namespace dso::kube
