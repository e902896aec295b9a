#include "rpc/external_scaler.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "rpc/request_checks.h"
#include "rpc/status_details.h"

namespace dso::rpc {
namespace {

using externalscaler::ScaledObjectRef;

Access ToRead(const ServiceName& service) { return {.verb = "get", .ns = service.ns, .name = service.name}; }

// Answers a call about the service that `ref` means, if its caller may see it.
template <typename Answer>
grpc::ServerUnaryReactor* AnswerAbout(grpc::CallbackServerContext* context, const ScaledObjectRef& ref, Gate& gate,
                                      Board& board, Answer answer) {
  auto* const reactor = context->DefaultReactor();
  Checked<ServiceName> service = CheckScaledObject(ref);
  if (!service.violations.empty()) {
    reactor->Finish(InvalidRequest(service.violations));
    return reactor;
  }
  const Ticket ticket = gate.TicketOf(*context, ToRead(service.value));
  gate.Admit(ticket, [reactor, &board, service = std::move(service.value), answer](const grpc::Status& status) {
    if (!status.ok()) return reactor->Finish(status);
    const SharedView view = board.Find(service.ns, service.name);
    reactor->Finish(view ? answer(*view) : NoSuchService(service.ns, service.name));
  });
  return reactor;
}

grpc::Status NoFloorYet(const ServiceView& view) {
  return NotYet("NO_FLOOR",
                fmt::format("{}/{} has no floor: see its conditions (kubectl describe dss)", view.ns, view.name));
}

bool IsActiveNow(const ServiceView& view) { return view.Floor().value_or(0) > 0; }

// Says whether the service is active, at once and whenever the floor changes, as KEDA wakes a Deployment that has 0
// replicas at each `true` and only then; ends when the service is gone.
class ActiveStream final : public OutStream<externalscaler::IsActiveResponse> {
 public:
  ActiveStream(Board& board, ServiceName service) : board_(board), service_(std::move(service)) {}

  void Begin() {
    const std::weak_ptr<OutStream> weak = weak_from_this();
    auto subscription = std::make_unique<Subscription>(
        board_, [weak, service = service_](const SharedView& before, const SharedView& after) {
          const SharedView& view = after ? after : before;
          if (view->name != service.name || view->ns != service.ns) return;
          const auto open = weak.lock();
          if (!open) return;
          if (after) return open->Poke();
          open->End(NoSuchService(service.ns, service.name));
        });
    {
      const std::lock_guard lock(mutex_);
      subscription_ = std::move(subscription);
    }
    if (!board_.Find(service_.ns, service_.name)) return End(NoSuchService(service_.ns, service_.name));
    Poke();
  }

  // KEDA connects again 2 s after a stream that has ended well, but later and later, up to a minute, after errors, and
  // does not forget them while the next stream lasts.
  void Stop(grpc::Status /*why*/) final { End(grpc::Status::OK); }

 private:
  bool Take(externalscaler::IsActiveResponse& message) override {
    const SharedView view = board_.Find(service_.ns, service_.name);
    if (!view || !subscription_) return false;
    const int floor = view->Floor().value_or(0);
    if (said_for_ == floor) return false;
    said_for_ = floor;
    message.set_result(IsActiveNow(*view));
    return true;
  }

  Board& board_;
  const ServiceName service_;
  std::unique_ptr<Subscription> subscription_;
  std::optional<int> said_for_;
};

}  // namespace

grpc::ServerUnaryReactor* ExternalScaler::IsActive(grpc::CallbackServerContext* context, const ScaledObjectRef* ref,
                                                   externalscaler::IsActiveResponse* response) {
  return AnswerAbout(context, *ref, gate_, board_, [response](const ServiceView& view) {
    response->set_result(IsActiveNow(view));
    return grpc::Status::OK;
  });
}

grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* ExternalScaler::StreamIsActive(
    grpc::CallbackServerContext* context, const ScaledObjectRef* ref) {
  Checked<ServiceName> service = CheckScaledObject(*ref);
  const Ticket ticket = gate_.TicketOf(*context, ToRead(service.value));
  const auto stream = std::make_shared<ActiveStream>(board_, std::move(service.value));
  streams_.Open<externalscaler::IsActiveResponse>(stream, ticket, [stream, violations = std::move(service.violations)] {
    violations.empty() ? stream->Begin() : stream->End(InvalidRequest(violations));
  });
  return stream.get();
}

grpc::ServerUnaryReactor* ExternalScaler::GetMetricSpec(grpc::CallbackServerContext* context,
                                                        const ScaledObjectRef* ref,
                                                        externalscaler::GetMetricSpecResponse* response) {
  return AnswerAbout(context, *ref, gate_, board_, [response](const ServiceView&) {
    auto& spec = *response->add_metricspecs();
    spec.set_metricname(kFloorMetric);
    spec.set_targetsize(1);
    spec.set_targetsizefloat(1);
    return grpc::Status::OK;
  });
}

grpc::ServerUnaryReactor* ExternalScaler::GetMetrics(grpc::CallbackServerContext* context,
                                                     const externalscaler::GetMetricsRequest* request,
                                                     externalscaler::GetMetricsResponse* response) {
  if (request->metricname() != kFloorMetric) {
    auto* const reactor = context->DefaultReactor();
    reactor->Finish(InvalidRequest({{"metricName", fmt::format("there is no such metric; use \"{}\"", kFloorMetric)}}));
    return reactor;
  }
  return AnswerAbout(context, request->scaledobjectref(), gate_, board_, [response](const ServiceView& view) {
    const std::optional<int> floor = view.Floor();
    if (!floor) return NoFloorYet(view);
    auto& value = *response->add_metricvalues();
    value.set_metricname(kFloorMetric);
    value.set_metricvalue(*floor);
    value.set_metricvaluefloat(*floor);
    return grpc::Status::OK;
  });
}

}  // namespace dso::rpc
