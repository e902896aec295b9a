#include "rpc/forecast_service.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "rpc/decision_stream.h"
#include "rpc/messages.h"
#include "rpc/request_checks.h"
#include "rpc/simulation_stream.h"
#include "rpc/status_details.h"
#include "sim/policy.h"

namespace dso::rpc {
namespace {

namespace v1 = deepseek::forecast::v1;

constexpr milliseconds kProgressPeriod{100};
constexpr int kMostWaiting = 64;  // forecasts
constexpr milliseconds kForecastRetry = seconds(1);
constexpr milliseconds kSimulationRetry = seconds(10);

struct Stopped {};

// Ends the call with what `checked` says is wrong. False if nothing is.
template <typename T>
bool Refuse(grpc::ServerUnaryReactor* reactor, const Checked<T>& checked) {
  if (checked.violations.empty()) return false;
  reactor->Finish(InvalidRequest(checked.violations));
  return true;
}

grpc::Status Unforecast(const Error& error, const ServiceName& service) {
  if (error.code == ErrorCode::kNotFound) return NoSuchService(service.ns, service.name);
  return error.code == ErrorCode::kUnavailable ? NotYet("NO_FORECAST", error.message) : ToStatus(error);
}

// One service must not take the others down.
Result<ForecastPath> Ask(const ForecastSource& source, const ServiceName& service, const PathQuery& query) {
  try {
    return source(service.ns, service.name, query);
  } catch (const std::exception& e) {
    return Internal(std::string("the forecast threw, this is a bug: ") + e.what());
  }
}

// On the worker's thread, from the request to the last message.
void RunSimulation(const v1::SimulateRequest& request, SimulationStream& stream, const std::atomic<bool>& stopping) {
  Checked<Simulation> checked = CheckSimulation(request);
  if (!checked.violations.empty()) return stream.End(InvalidRequest(checked.violations));
  SteadyTime told{};
  const auto progress = [&](double share) {
    if (stopping || stream.HasEnded()) throw Stopped();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now - told < kProgressPeriod) return;
    told = now;
    stream.Progress(share);
  };
  try {
    const Simulation& simulation = checked.value;
    auto run = sim::Backtest(simulation.trace, simulation.options, progress);
    if (!run) return stream.End(ToStatus(run.error()));
    if (simulation.frontier) sim::AddFrontier(simulation.trace, run->result, progress);
    v1::SimulationResult result;
    Fill(run->result, result);
    stream.Result(std::move(result));
  } catch (const Stopped&) {
    stream.End(ToStatus({ErrorCode::kUnavailable, "the operator is stopping; try again"}));
  } catch (const std::exception& e) {
    stream.End(ToStatus(Internal(std::string("the simulation threw, this is a bug: ") + e.what())));
  }
}

}  // namespace

grpc::ServerUnaryReactor* ForecastService::GetForecast(grpc::CallbackServerContext* context,
                                                       const v1::GetForecastRequest* request,
                                                       v1::GetForecastResponse* response) {
  auto* const reactor = context->DefaultReactor();
  Checked<ServiceName> service = CheckService(request->namespace_(), request->service());
  Checked<PathQuery> query = CheckPath(*request);
  std::move(query.violations.begin(), query.violations.end(), std::back_inserter(service.violations));
  if (Refuse(reactor, service)) return reactor;
  const Ticket ticket =
      gate_.TicketOf(*context, Access{.verb = "get", .ns = service.value.ns, .name = service.value.name});
  gate_.Admit(ticket, [this, context, response, reactor, service = std::move(service.value),
                       query = std::move(query.value)](grpc::Status status) {
    if (!status.ok()) return reactor->Finish(std::move(status));
    if (++waiting_ > kMostWaiting) {
      --waiting_;
      return reactor->Finish(TooMany("BUSY", "too many forecasts are asked for at once; try again", kForecastRetry));
    }
    Enqueue([this, context, response, reactor, service, query] {
      --waiting_;
      // Nobody waits for it any more: a deadline has passed in the queue.
      if (context->IsCancelled()) return reactor->Finish(grpc::Status::CANCELLED);
      const Result<ForecastPath> path = Ask(source_, service, query);
      if (!path) return reactor->Finish(Unforecast(path.error(), service));
      response->set_namespace_(service.ns);
      response->set_service(service.name);
      Fill(*path, *response);
      reactor->Finish(grpc::Status::OK);
    });
  });
  return reactor;
}

void ForecastService::Enqueue(std::function<void()> work) {
  loop_.Post([this, work = std::move(work)]() mutable {
    queue_.push_back(std::move(work));
    if (queue_.size() == 1) RunNext();
  });
}

void ForecastService::RunNext() {
  queue_.front()();
  queue_.pop_front();
  if (!queue_.empty()) loop_.Post([this] { RunNext(); });
}

grpc::ServerUnaryReactor* ForecastService::Explain(grpc::CallbackServerContext* context,
                                                   const v1::ExplainRequest* request, v1::ExplainResponse* response) {
  auto* const reactor = context->DefaultReactor();
  Checked<ServiceName> service = CheckService(request->namespace_(), request->service());
  if (Refuse(reactor, service)) return reactor;
  const Ticket ticket =
      gate_.TicketOf(*context, Access{.verb = "get", .ns = service.value.ns, .name = service.value.name});
  gate_.Admit(ticket, [this, response, reactor, service = std::move(service.value)](grpc::Status status) {
    if (!status.ok()) return reactor->Finish(std::move(status));
    const SharedView view = board_.Find(service.ns, service.name);
    if (!view) return reactor->Finish(NoSuchService(service.ns, service.name));
    Fill(*view, *response);
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* ForecastService::ListServices(grpc::CallbackServerContext* context,
                                                        const v1::ListServicesRequest* request,
                                                        v1::ListServicesResponse* response) {
  auto* const reactor = context->DefaultReactor();
  Checked<ListQuery> query = CheckList(*request);
  if (Refuse(reactor, query)) return reactor;
  const Ticket ticket = gate_.TicketOf(*context, Access{.verb = "list", .ns = query.value.ns});
  gate_.Admit(ticket, [this, response, reactor, query = std::move(query.value)](grpc::Status status) {
    if (!status.ok()) return reactor->Finish(std::move(status));
    // One more than is told, to know whether there are more.
    std::vector<SharedView> views = board_.List(query.ns, query.after, query.page_size + 1);
    const bool more = views.size() > query.page_size;
    if (more) views.pop_back();
    for (const SharedView& view : views) Fill(*view, *response->add_services());
    if (more) response->set_next_page_token(PageToken({views.back()->ns, views.back()->name}));
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* ForecastService::WatchDecisions(
    grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) {
  Checked<ServiceName> watched = CheckWatch(*request);
  const Ticket ticket =
      gate_.TicketOf(*context, Access{.verb = "watch", .ns = watched.value.ns, .name = watched.value.name});
  const auto stream = std::make_shared<DecisionStream>(board_, watched.value);
  streams_.Open<v1::WatchDecisionsResponse>(stream, ticket, [this, stream, watched] {
    const auto& [ns, name] = watched.value;
    if (!watched.violations.empty()) return stream->End(InvalidRequest(watched.violations));
    if (!name.empty() && !board_.Find(ns, name)) return stream->End(NoSuchService(ns, name));
    stream->Begin();
  });
  return stream.get();
}

grpc::ServerWriteReactor<v1::SimulateResponse>* ForecastService::Simulate(grpc::CallbackServerContext* context,
                                                                          const v1::SimulateRequest* request) {
  const auto stream = std::make_shared<SimulationStream>();
  const Ticket ticket = gate_.TicketOf(*context, std::nullopt);
  streams_.Open<v1::SimulateResponse>(stream, ticket, [this, stream, request = *request]() mutable {
    const bool started = worker_.TryStart([stream, request = std::move(request)](const std::atomic<bool>& stopping) {
      RunSimulation(request, *stream, stopping);
    });
    if (!started) stream->End(TooMany("BUSY", "another simulation is under way; try again", kSimulationRetry));
  });
  return stream.get();
}

}  // namespace dso::rpc
