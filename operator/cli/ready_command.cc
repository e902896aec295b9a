#include "cli/ready_command.h"

#include <fmt/format.h>

#include "base/async.h"
#include "cli/backtest_command.h"
#include "http/cpprest_transport.h"
#include "http/url.h"
#include "runtime/event_loop.h"

namespace dso::cli {
namespace {

constexpr milliseconds kAskEvery = seconds(1);

using Answer = Result<http::Response>;

Task<void> Ask(http::HttpTransport& operator_endpoint, milliseconds timeout, Answer& answer, runtime::EventLoop& loop) {
  const SteadyTime deadline = loop.Now() + timeout;
  while (true) {
    http::Request request;
    request.target = "/readyz";
    request.timeout = seconds(5);
    answer = co_await operator_endpoint.Send(std::move(request), std::stop_token());
    if ((answer && answer->status == 200) || loop.Now() >= deadline) break;
    co_await Sleep(loop, kAskEvery);
  }
  loop.Stop();
}

int UsageError(const Error& error) {
  fmt::print(stderr, "deepseek-operator ready: {}\n", error.message);
  return kUsageError;
}

}  // namespace

int RunReady(const ReadyOptions& options) {
  const auto url = http::ParseUrl(options.url);
  if (!url) return UsageError(Error(url.error()).WithContext("--url"));
  const auto timeout = ParseDuration(options.timeout);
  if (!timeout) return UsageError(Error(timeout.error()).WithContext("--timeout"));
  // Never destroyed: threads of the network library may post to it until the very end.
  static runtime::EventLoop& loop = *new runtime::EventLoop;
  auto transport = http::CpprestTransport::Create(loop, *url, {});
  if (!transport) return UsageError(transport.error());
  Answer answer = Internal("nobody was asked");
  Spawn(Ask(**transport, *timeout, answer, loop));
  loop.Run();
  if (!answer) {
    fmt::print(stderr, "deepseek-operator ready: {}: {}\n", url->ToString(), answer.error().message);
    return kRuntimeError;
  }
  fmt::print("{}", answer->body);
  return answer->status == 200 ? 0 : kRuntimeError;
}

}  // namespace dso::cli
