// How clients in an Istio mesh spread requests over the replicas, and how much they may send. Pure; deterministic;
// thread-safe.
#pragma once

#include <optional>

#include "render/objects.h"

namespace dso::render {

// networking.istio.io/v1 DestinationRule of the service's name, for its Service.
//
// `in_flight`: requests that all replicas together have in work when replicas.max of them are saturated; >= 1. It is
// the limit of requests and of connections (HTTP/1.1 has one for each request), and of requests that wait for a
// connection: by Little's law such a queue lasts about one response time. Without it, Istio's limits: none.
//
// Each client proxy keeps these limits for itself (Envoy's circuit breakers are not coordinated), so they are no limit
// of the service: they end what one client piles up beyond anything that the service could ever work off. They do not
// follow the replicas of the moment.
//
// There is no `tls`, so Istio's automatic mutual TLS stays as it is. Of several rules for one host Istio uses one.
// Precondition: the spec is valid and has a template with a service.
Json DestinationRule(const api::DeepSeekService& service, std::optional<int> in_flight);

}  // namespace dso::render
