// A connection to an operator: to an address, or through kubectl.
#pragma once

#include <memory>
#include <stop_token>

#include "cli/client_flags.h"
#include "cli/forecast_client.h"
#include "cli/port_forward.h"
#include "cli/rpc_failure.h"

namespace dso::cli {

class OperatorLink {
 public:
  // Reads credentials anew, and starts kubectl where no address is given. As PortForward::Start; not thread-safe.
  static Result<OperatorLink> Open(const ConnectionOptions& options, const std::stop_token& stop);

  ForecastClient& client() { return client_; }
  const CallPlace& place() const { return place_; }

 private:
  OperatorLink(std::unique_ptr<PortForward> forward, ForecastClient client, CallPlace place);

  std::unique_ptr<PortForward> forward_;  // may be null; ends after the client
  ForecastClient client_;
  CallPlace place_;
};

}  // namespace dso::cli
