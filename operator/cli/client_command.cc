#include "cli/client_command.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdlib>
#include <utility>

#include "cli/decision_watch.h"
#include "cli/explain_text.h"
#include "cli/forecast_text.h"
#include "cli/interrupt.h"
#include "cli/list_text.h"
#include "cli/message_json.h"
#include "cli/operator_link.h"
#include "cli/proto_text.h"
#include "cli/terminal.h"
#include "kube/kubeconfig.h"

namespace dso::cli {
namespace {

namespace v1 = deepseek::forecast::v1;

constexpr int kTablePoints = 24;

std::string JsonOrText(Output output, const google::protobuf::Message& message, const std::string& text) {
  return output == Output::kJson ? MessageJson(message, false) : text;
}

v1::GetForecastRequest RequestOf(const ForecastOrder& order, Output output, const View& view) {
  v1::GetForecastRequest request;
  request.set_namespace_(order.service.ns);
  request.set_service(order.service.service);
  *request.mutable_horizon() = ToDuration(order.horizon);
  // A program gets the operator's own choice, a person what fits the screen.
  if (order.step || output != Output::kJson) {
    *request.mutable_step() =
        ToDuration(order.step.value_or(RoundStep(order.horizon, order.plot ? 2 * view.columns : kTablePoints)));
  }
  for (const double quantile : order.quantiles) request.add_quantiles(quantile);
  return request;
}

v1::ExplainRequest RequestOf(const Selection& service) {
  v1::ExplainRequest request;
  request.set_namespace_(service.ns);
  request.set_service(service.service);
  return request;
}

// Tells of what went wrong, as every subcommand does.
class Teller {
 public:
  Teller(std::string name, const char* command) : prefix_(fmt::format("{} {}", name, command)) {}

  int Tell(const Error& error, int exit_code) const {
    fmt::print(stderr, "{}: {}\n", prefix_, Printable(error.message));
    return error.code == ErrorCode::kCancelled ? kInterrupted : exit_code;
  }
  int Tell(const RpcFailure& failure, const CallPlace& place) const {
    const Complaint complaint = ComplaintOf(failure, place);
    fmt::print(stderr, "{}: {}\n", prefix_, complaint.text());
    return complaint.exit_code;
  }
  const std::string& prefix() const { return prefix_; }

 private:
  std::string prefix_;
};

// Files that are named wrongly are a matter of the command line.
int ExitCodeOf(const Error& error) { return error.code == ErrorCode::kInvalidArgument ? kUsage : kFailed; }

// From the connection to the text on the screen. `ask` makes the call and renders the answer.
template <typename Ask>
int AskAndPrint(const Teller& teller, const ConnectionOptions& connection, const Ask& ask) {
  const Interrupt interrupt;
  Result<OperatorLink> link = OperatorLink::Open(connection, interrupt.token());
  if (!link) return teller.Tell(link.error(), ExitCodeOf(link.error()));
  std::string text;
  if (const auto failure = ask(*link, interrupt.token(), text)) return teller.Tell(*failure, link->place());
  return Print(text) ? 0 : kFailed;
}

}  // namespace

Result<std::string> NamespaceOfKubeconfig(const ForwardOptions& options) {
  const Result<kube::ClusterAccess> access =
      kube::LoadKubeconfig(kube::KubeconfigLocation::OfProcess(options.kubeconfig), options.context);
  if (!access) return access.error();
  return access->default_namespace;
}

ClientCommands::ClientCommands(CLI::App& app, std::string name, const char* version, bool as_plugin)
    : name_(std::move(name)), as_plugin_(as_plugin) {
  const auto add = [&](const char* command, const char* description) {
    CLI::App* const added = app.add_subcommand(command, description);
    added->set_version_flag("--version", fmt::format("deepseek-operator {}", version));
    return added;
  };
  forecast_ = add("forecast", "Ask an operator for the demand that it expects of a service.");
  AddForecastFlags(*forecast_, flags_);
  explain_ = add("explain", "Ask an operator why a service has the floor that it has.");
  AddExplainFlags(*explain_, flags_);
  list_ = add("list", "Ask an operator for the services that it looks after.");
  AddListFlags(*list_, flags_, as_plugin);
  watch_ = add("watch", "Follow the decisions of an operator until Ctrl-C.");
  AddWatchFlags(*watch_, flags_, as_plugin);
}

std::optional<int> ClientCommands::Run() const {
  ::setenv("GRPC_VERBOSITY", "NONE", 0);  // what gRPC logs of a failure is told in a sentence
  if (forecast_->parsed()) return RunForecast();
  if (explain_->parsed()) return RunExplain();
  if (list_->parsed()) return RunList();
  if (watch_->parsed()) return RunWatch();
  return std::nullopt;
}

int ClientCommands::Refuse(const char* command, const Error& error) const {
  return Teller(name_, command).Tell(error, kUsage);
}

int ClientCommands::RunForecast() const {
  const Result<ConnectionOptions> connection = InterpretConnection(flags_.connection);
  if (!connection) return Refuse("forecast", connection.error());
  const Result<Output> output = InterpretOutput(flags_.output, false);
  if (!output) return Refuse("forecast", output.error());
  const auto default_namespace = [this] { return NamespaceOfKubeconfig(flags_.connection.forward); };
  const Result<ForecastOrder> order = InterpretForecast(flags_, default_namespace);
  if (!order) return Refuse("forecast", order.error());

  const Teller teller(name_, "forecast");
  const auto ask = [&](OperatorLink& link, const std::stop_token& stop,
                       std::string& text) -> std::optional<RpcFailure> {
    const View view = CurrentView();
    v1::GetForecastResponse forecast;
    const v1::GetForecastRequest request = RequestOf(*order, *output, view);
    if (auto failure = link.client().GetForecast(request, forecast, connection->timeout, stop)) return failure;
    if (!order->plot) {
      text = JsonOrText(*output, forecast, ForecastTable(forecast, view));
      return std::nullopt;
    }
    // The picture is worth having without the decision.
    v1::ExplainResponse decision;
    const auto failure = link.client().Explain(RequestOf(order->service), decision, connection->timeout, stop);
    if (failure)
      fmt::print(stderr, "{}: without the floor: {}\n", teller.prefix(), ComplaintOf(*failure, link.place()).text());
    text = ForecastPicture(forecast, failure ? nullptr : &decision, view);
    return std::nullopt;
  };
  return AskAndPrint(teller, *connection, ask);
}

int ClientCommands::RunExplain() const {
  const Result<ConnectionOptions> connection = InterpretConnection(flags_.connection);
  if (!connection) return Refuse("explain", connection.error());
  const Result<Output> output = InterpretOutput(flags_.output, false);
  if (!output) return Refuse("explain", output.error());
  const auto default_namespace = [this] { return NamespaceOfKubeconfig(flags_.connection.forward); };
  const Result<Selection> service = InterpretService(flags_, default_namespace);
  if (!service) return Refuse("explain", service.error());

  const auto ask = [&](OperatorLink& link, const std::stop_token& stop,
                       std::string& text) -> std::optional<RpcFailure> {
    v1::ExplainResponse decision;
    if (auto failure = link.client().Explain(RequestOf(*service), decision, connection->timeout, stop)) return failure;
    text = JsonOrText(*output, decision, ExplainPage(decision, CurrentView()));
    return std::nullopt;
  };
  return AskAndPrint(Teller(name_, "explain"), *connection, ask);
}

int ClientCommands::RunList() const {
  const Result<ConnectionOptions> connection = InterpretConnection(flags_.connection);
  if (!connection) return Refuse("list", connection.error());
  const Result<Output> output = InterpretOutput(flags_.output, true);
  if (!output) return Refuse("list", output.error());
  const auto default_namespace = [this] { return NamespaceOfKubeconfig(flags_.connection.forward); };
  const Result<Selection> selection = InterpretSelection(flags_, false, default_namespace);
  if (!selection) return Refuse("list", selection.error());
  if (!selection->service.empty()) {
    return Refuse("list",
                  InvalidArgument(fmt::format("list shows a whole namespace; `explain {}/{}` tells of one service",
                                              selection->ns, selection->service)));
  }

  const Teller teller(name_, "list");
  const auto ask = [&](OperatorLink& link, const std::stop_token& stop,
                       std::string& text) -> std::optional<RpcFailure> {
    v1::ListServicesRequest request;
    request.set_namespace_(selection->ns);
    v1::ListServicesResponse list;
    if (auto failure = link.client().ListServices(request, list, connection->timeout, stop)) return failure;
    if (list.services().empty() && *output != Output::kJson) {
      fmt::print(stderr, "{}: no services in {}\n", teller.prefix(),
                 selection->ns.empty() ? "any namespace" : selection->ns);
      return std::nullopt;
    }
    text =
        JsonOrText(*output, list, ServiceTable(list, selection->ns.empty(), *output == Output::kWide, CurrentView()));
    return std::nullopt;
  };
  return AskAndPrint(teller, *connection, ask);
}

int ClientCommands::RunWatch() const {
  const Result<ConnectionOptions> connection = InterpretConnection(flags_.connection);
  if (!connection) return Refuse("watch", connection.error());
  const Result<Output> output = InterpretOutput(flags_.output, true);
  if (!output) return Refuse("watch", output.error());
  const auto default_namespace = [this] { return NamespaceOfKubeconfig(flags_.connection.forward); };
  const Result<Selection> selection = InterpretSelection(flags_, as_plugin_, default_namespace);
  if (!selection) return Refuse("watch", selection.error());
  const Interrupt interrupt;
  return WatchDecisions(*connection, *selection, *output, Teller(name_, "watch").prefix(), interrupt.token());
}

}  // namespace dso::cli
