// Counts calls as they end: a gRPC interceptor that tells method and status of each. Thread-safe.
#pragma once

#include <grpcpp/support/server_interceptor.h>

#include <memory>
#include <vector>

#include "rpc/server.h"

namespace dso::rpc {

std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> CallCounters(HandledCall handled);

}  // namespace dso::rpc
