// `deepseek-operator watch`: decisions as they are made, through restarts of the operator.
#pragma once

#include <stop_token>
#include <string>

#include "cli/client_flags.h"

namespace dso::cli {

// Prints a line for each decision until a stop, which is 0. An operator that goes away is asked again, less and less
// often, down to every 10 s; `prefix` begins what is said of that on standard error. Ends with a complaint and an exit
// code (rpc_failure.h) where the first connection fails, or what is asked for is refused.
int WatchDecisions(const ConnectionOptions& connection, const Selection& selection, Output output,
                   const std::string& prefix, const std::stop_token& stop);

}  // namespace dso::cli
