// The client of an external forecaster over gRPC. Loop thread only; it outlives the calls that are awaited.
#pragma once

#include <memory>

#include "base/loop.h"
#include "rpc/forecaster_client.h"
#include "rpc/forecaster_config.h"

namespace dso::rpc {

// Connects when it is first asked, and again by itself. Calls run on gRPC's threads and end on `loop`, which outlives
// the client. The PEM files of its TLS settings are looked at before each call; once one has changed, new calls go over
// a connection that has them, and one that cannot be read is kUnavailable. Its destructor cancels what is under way and
// waits until gRPC has let go of it. Precondition: Validate(config).
std::unique_ptr<ForecasterClient> ConnectToForecaster(Loop& loop, ForecasterConfig config);

}  // namespace dso::rpc
