#include "cli/operator_link.h"

#include <fmt/format.h>

#include <utility>

namespace dso::cli {

OperatorLink::OperatorLink(std::unique_ptr<PortForward> forward, ForecastClient client, CallPlace place)
    : forward_(std::move(forward)), client_(std::move(client)), place_(std::move(place)) {}

Result<OperatorLink> OperatorLink::Open(const ConnectionOptions& options, const std::stop_token& stop) {
  const Result<Secrets> secrets = ReadSecrets(options.endpoint);
  if (!secrets) return secrets.error();
  Endpoint endpoint = options.endpoint;
  CallPlace place{.address = endpoint.address,
                  .forwarded = endpoint.address.empty(),
                  .tls = endpoint.tls(),
                  .has_credentials = !secrets->token.empty() || !secrets->certificate.empty()};
  std::unique_ptr<PortForward> forward;
  if (place.forwarded) {
    Result<std::unique_ptr<PortForward>> started = PortForward::Start(options.forward, options.timeout, stop);
    if (!started) return std::move(started).error();
    forward = *std::move(started);
    endpoint.address = forward->local_address();
    place.address = fmt::format("pod {}", forward->pod());
  }
  ForecastClient client(endpoint, *secrets);
  return OperatorLink(std::move(forward), std::move(client), std::move(place));
}

}  // namespace dso::cli
