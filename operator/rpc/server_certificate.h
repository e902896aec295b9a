// Judges the files of `rpc.tls` before the server starts, so that a mistake is told with its file, and not found in the
// first handshake. Thread-safe.
#pragma once

#include "base/result.h"
#include "rpc/server_options.h"

namespace dso::rpc {

// kInvalidArgument, with the key, the file and the remedy, if one cannot be read, holds no PEM, or if key and
// certificate do not belong together.
Status CheckFiles(const ServerTls& tls);

}  // namespace dso::rpc
