// Where gRPC's own messages go.
#pragma once

namespace dso::rpc {

// Into the operator's log, as details: handshakes that fail are a matter of whoever calls, as often as they like. Once,
// before gRPC is used.
void RouteGrpcLog();

}  // namespace dso::rpc
