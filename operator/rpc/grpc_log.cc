#include "rpc/grpc_log.h"

#include <grpc/support/log.h>

#include "base/log.h"

namespace dso::rpc {

void RouteGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    if (args->severity == GPR_LOG_SEVERITY_ERROR) LogDebug("gRPC", {{"message", args->message}});
  });
}

}  // namespace dso::rpc
