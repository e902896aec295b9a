#include "replica/replica_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/duration.h"
#include "common/metrics_page.h"
#include "replica/cpu_burner.h"

namespace workload {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

// The longest that one request may keep the only thread from the others, health checks among them.
constexpr std::chrono::nanoseconds kCpuSlice = std::chrono::milliseconds(2);

HttpReply Json(unsigned status, std::string body) { return {status, "application/json", std::move(body) + "\n"}; }

// The shape of OpenAI's chat completion object, as its clients expect it.
HttpReply ChatCompletion(std::uint64_t number) {
  const auto created =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  return Json(200, fmt::format(R"({{"id":"chatcmpl-{}","object":"chat.completion","created":{},"model":"demo",)"
                               R"("choices":[{{"index":0,"message":{{"role":"assistant","content":"Hello."}},)"
                               R"("finish_reason":"stop"}}],)"
                               R"("usage":{{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}}})",
                               number, created.count()));
}

bool IsCompletion(const std::string& path) { return path == "/" || path == "/v1/chat/completions"; }

}  // namespace

ReplicaServer::ReplicaServer(asio::io_context& io, ReplicaModel model, ServiceTime service_time,
                             std::chrono::nanoseconds cpu_per_request)
    : io_(io),
      model_(std::move(model)),
      service_time_(std::move(service_time)),
      cpu_per_request_(cpu_per_request),
      metrics_(model_.slots()) {}

asio::awaitable<HttpReply> ReplicaServer::Handle(const HttpRequest& request) {
  const bool get = request.method == "GET";
  if (IsCompletion(request.path)) {
    if (get || request.method == "POST") co_return co_await Complete();
    co_return HttpReply{405, "text/plain", "use GET or POST\n"};
  }
  if (request.path == "/healthz" && get) co_return HttpReply{200, "text/plain", "ok\n"};
  if (request.path == "/readyz" && get) co_return Readiness();
  if (request.path == "/metrics" && get) co_return MetricsPage(metrics_.Collect());
  co_return HttpReply{404, "text/plain",
                      "there are / and /v1/chat/completions (GET, POST), /healthz, /readyz and /metrics (GET)\n"};
}

asio::awaitable<HttpReply> ReplicaServer::Complete() {
  const auto arrived = Clock::now();
  const Admission admission = model_.Offer(arrived);
  if (admission == Admission::kBusy) co_return Refuse("server busy");
  if (admission == Admission::kStarting) co_return Refuse("server starting");

  metrics_.SetInFlight(in_flight());
  if (admission == Admission::kQueued) co_await WaitForSlot();
  co_await Work();
  if (model_.Finish()) {
    waiting_.front()->cancel();
    waiting_.pop_front();
  }
  metrics_.SetInFlight(in_flight());
  metrics_.CountAnswered(Clock::now() - arrived);
  co_return ChatCompletion(++completions_);
}

asio::awaitable<void> ReplicaServer::WaitForSlot() {
  asio::steady_timer slot_free(io_, Clock::time_point::max());
  waiting_.push_back(&slot_free);
  boost::system::error_code cancelled;
  co_await slot_free.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

// Spreads the CPU over the service time, as the generation of tokens does.
asio::awaitable<void> ReplicaServer::Work() {
  const auto duration = service_time_.Draw();
  const auto started = Clock::now();
  const auto slices =
      std::max<std::int64_t>(1, (cpu_per_request_ + kCpuSlice - std::chrono::nanoseconds(1)) / kCpuSlice);
  asio::steady_timer timer(io_);
  for (std::int64_t done = 1; done <= slices; ++done) {
    BurnCpu(cpu_per_request_ / slices);
    timer.expires_at(started + duration * done / slices);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

HttpReply ReplicaServer::Refuse(const std::string& error) {
  metrics_.CountRefused();
  return Json(503, fmt::format(R"({{"error":"{}"}})", error));
}

HttpReply ReplicaServer::Readiness() const {
  const auto now = Clock::now();
  if (model_.draining()) return {503, "text/plain", fmt::format("draining: {} requests in flight\n", in_flight())};
  if (model_.ready(now)) return {200, "text/plain", "ready\n"};
  const auto left = std::chrono::ceil<std::chrono::seconds>(model_.startup_left(now));
  return {503, "text/plain", fmt::format("starting: ready in {}\n", FormatDuration(left))};
}

}  // namespace workload
