#include "rpc/call_counter.h"

#include <array>
#include <string_view>
#include <utility>

namespace dso::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::ServerRpcInfo;

// As in Prometheus' metrics of gRPC servers.
constexpr std::array<std::string_view, 17> kCodes{
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

class Counter final : public grpc::experimental::Interceptor {
 public:
  Counter(std::string_view method, const HandledCall& handled) : method_(method), handled_(handled) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      const auto code = static_cast<size_t>(methods->GetSendStatus().error_code());
      handled_(method_, kCodes[code < kCodes.size() ? code : 2]);
    }
    methods->Proceed();
  }

 private:
  const std::string_view method_;  // "/package.Service/Method"
  const HandledCall& handled_;
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(HandledCall handled) : handled_(std::move(handled)) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(ServerRpcInfo* info) override {
    return new Counter(info->method(), handled_);
  }

 private:
  const HandledCall handled_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> CallCounters(HandledCall handled) {
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> factories;
  factories.push_back(std::make_unique<Factory>(std::move(handled)));
  return factories;
}

}  // namespace dso::rpc
