// Command-line flags that the two programs have in common: durations, and one exit path for errors.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <string>

namespace workload {

// Adds a flag whose value is a duration; the value that `target` holds is the default shown by --help.
CLI::Option* AddDuration(CLI::App& app, const std::string& flag, std::chrono::nanoseconds& target,
                         const std::string& help);

// Lets every flag of `app` be set by an environment variable too: --drain-timeout by
// PREFIX_DRAIN_TIMEOUT. A flag that ends in -port gets ..._LISTEN_PORT instead: for a Service of the name
// x, Kubernetes puts X_PORT=tcp://10.96.0.7:80 into the environment of every pod of the namespace.
void AddEnvironment(CLI::App& app, const std::string& prefix);

// Parses, then runs `body` and returns its exit code. UserError and bad flags end with kExitUsage, other
// exceptions (a port in use) with kExitFailure, each with one line on standard error.
int RunProgram(CLI::App& app, int argc, char** argv, const std::function<int()>& body);

}  // namespace workload
