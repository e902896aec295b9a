#include "cli/client_flags.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <utility>

#include "base/decimal.h"

namespace dso::cli {
namespace {

constexpr milliseconds kDefaultTimeout = seconds(10);
constexpr milliseconds kDefaultHorizon = std::chrono::hours(24);
constexpr milliseconds kLongestTimeout = std::chrono::hours(1);

Error Refused(std::string_view flag, std::string_view value, std::string_view remedy) {
  return InvalidArgument(fmt::format("{} is \"{}\"; {}", flag, value, remedy));
}

void AddTarget(CLI::App& command, const char* name, std::string& target, const char* type, const char* description) {
  command.add_option(name, target, description)->type_name(type);
}

void AddNamespace(CLI::App& command, ClientFlags& flags) {
  command.add_option("-n,--namespace", flags.ns, "of the service, where it is written without one (the kubeconfig's)")
      ->type_name("NAMESPACE");
}

void AddOutput(CLI::App& command, ClientFlags& flags, const char* type, const char* description) {
  command.add_option("-o,--output", flags.output, description)->type_name(type);
}

Result<milliseconds> ReadDuration(std::string_view flag, const std::string& text, milliseconds shortest) {
  const Result<milliseconds> duration = ParseDuration(text);
  if (!duration) return Error(duration.error()).WithContext(flag);
  if (*duration < shortest) return Refused(flag, text, fmt::format("give at least {}", FormatDuration(shortest)));
  return *duration;
}

Result<Selection> Chosen(std::string ns, std::string service, const DefaultNamespace& default_namespace) {
  if (!ns.empty()) return Selection{.ns = std::move(ns), .service = std::move(service)};
  Result<std::string> found = default_namespace();
  if (!found) return std::move(found).error().WithContext("no namespace is given, so the kubeconfig's would be taken");
  return Selection{.ns = *std::move(found), .service = std::move(service)};
}

// NAMESPACE/NAME as it is written, which must not contradict -n.
Result<Selection> Qualified(const std::string& target, const std::string& ns) {
  const size_t slash = target.find('/');
  Selection selection{.ns = target.substr(0, slash), .service = target.substr(slash + 1)};
  if (selection.ns.empty() || selection.service.empty() || selection.service.find('/') != std::string::npos) {
    return InvalidArgument(fmt::format("\"{}\" names no service; write NAMESPACE/NAME", target));
  }
  if (!ns.empty() && ns != selection.ns) {
    return InvalidArgument(
        fmt::format("{} is in {}, and --namespace says {}; leave one of them out", target, selection.ns, ns));
  }
  return selection;
}

}  // namespace

void AddConnectionFlags(CLI::App& command, ConnectionFlags& flags) {
  const auto add = [&command](const char* group, const char* name, const char* type, std::string& value,
                              const char* description) {
    return command.add_option(name, value, description)->type_name(type)->group(group);
  };
  const char* const connection = "The operator's address";
  add(connection, "--address", "HOST:PORT", flags.endpoint.address,
      "of its gRPC service; without one: through kubectl port-forward")
      ->envname("DEEPSEEK_OPERATOR_ADDRESS");
  add(connection, "--tls-ca", "FILE", flags.endpoint.tls_ca,
      "authority of its certificate; needed but on this machine");
  add(connection, "--tls-cert", "FILE", flags.endpoint.tls_cert, "certificate of the client");
  add(connection, "--tls-key", "FILE", flags.endpoint.tls_key, "its key");
  add(connection, "--tls-server-name", "NAME", flags.endpoint.tls_server_name,
      "that its certificate has, if not that of the address");
  add(connection, "--token-file", "FILE", flags.endpoint.token_file, "bearer token that says who asks");
  add(connection, "--timeout", "DURATION", flags.timeout, "for an answer (10s)");
  const char* const forward = "Without an address";
  add(forward, "--kubeconfig", "FILE", flags.forward.kubeconfig, "of the cluster, as for kubectl");
  add(forward, "--context", "NAME", flags.forward.context, "of the kubeconfig, instead of its current one");
  add(forward, "--operator-namespace", "NAMESPACE", flags.forward.operator_namespace,
      "where the operator runs (deepseek-operator-system)");
  add(forward, "--operator-port", "PORT", flags.forward.port, "of its pods, by name or number (grpc)");
}

void AddForecastFlags(CLI::App& command, ClientFlags& flags) {
  AddTarget(command, "service", flags.target, "NAMESPACE/NAME", "the service");
  AddNamespace(command, flags);
  command.add_option("--horizon", flags.horizon, "how far ahead, at most 7d (24h)")->type_name("DURATION");
  command.add_option("--step", flags.step, "between two points (so that they fit the screen)")->type_name("DURATION");
  command
      .add_option("--quantile", flags.quantiles,
                  "of the demand, 0.01 to 0.999, such as 0.1,0.5,0.9 (the service's own)")
      ->type_name("SHARE,...")
      ->delimiter(',')
      ->take_all();
  command.add_flag("--plot", flags.plot, "draw it");
  AddOutput(command, flags, "json|table", "json for programs");
  AddConnectionFlags(command, flags.connection);
}

void AddExplainFlags(CLI::App& command, ClientFlags& flags) {
  AddTarget(command, "service", flags.target, "NAMESPACE/NAME", "the service");
  AddNamespace(command, flags);
  AddOutput(command, flags, "json|table", "json for programs");
  AddConnectionFlags(command, flags.connection);
}

void AddListFlags(CLI::App& command, ClientFlags& flags, bool as_plugin) {
  if (!as_plugin)
    AddTarget(command, "namespace", flags.target, "NAMESPACE", "whose services; default: the kubeconfig's");
  AddNamespace(command, flags);
  command.add_flag("-A,--all-namespaces", flags.all_namespaces, "the services of all namespaces");
  AddOutput(command, flags, "json|wide|table", "json for programs, wide with units and reasons");
  AddConnectionFlags(command, flags.connection);
}

void AddWatchFlags(CLI::App& command, ClientFlags& flags, bool as_plugin) {
  AddTarget(command, "target", flags.target, as_plugin ? "NAME" : "NAMESPACE[/NAME]",
            as_plugin ? "of a service; default: all of the namespace" : "whose decisions; default: the kubeconfig's");
  AddNamespace(command, flags);
  command.add_flag("-A,--all-namespaces", flags.all_namespaces, "the services of all namespaces");
  AddOutput(command, flags, "json|wide|table", "json: a line for each decision; wide: explanations are not cut");
  AddConnectionFlags(command, flags.connection);
}

Result<ConnectionOptions> InterpretConnection(const ConnectionFlags& flags) {
  ConnectionOptions options{.endpoint = flags.endpoint, .forward = flags.forward, .timeout = kDefaultTimeout};
  if (!flags.timeout.empty()) {
    const Result<milliseconds> timeout = ReadDuration("--timeout", flags.timeout, milliseconds(1));
    if (!timeout) return timeout.error();
    options.timeout = std::min(*timeout, kLongestTimeout);
  }
  // What kubectl forwards to is on this machine; its port is not known yet.
  Endpoint checked = options.endpoint;
  if (checked.address.empty()) checked.address = "127.0.0.1:1";
  if (Status sound = CheckEndpoint(checked); !sound) return std::move(sound).error();
  return options;
}

Result<Output> InterpretOutput(const std::string& text, bool has_wide) {
  if (text.empty() || text == "table") return Output::kTable;
  if (text == "json") return Output::kJson;
  if (has_wide && text == "wide") return Output::kWide;
  return Refused("--output", text, has_wide ? "give json, wide or table" : "give json or table");
}

Result<Selection> InterpretService(const ClientFlags& flags, const DefaultNamespace& default_namespace) {
  if (flags.target.empty()) return InvalidArgument("which service? Write NAMESPACE/NAME");
  if (flags.target.find('/') != std::string::npos) return Qualified(flags.target, flags.ns);
  return Chosen(flags.ns, flags.target, default_namespace);
}

Result<Selection> InterpretSelection(const ClientFlags& flags, bool as_plugin,
                                     const DefaultNamespace& default_namespace) {
  if (flags.all_namespaces) {
    if (!flags.target.empty()) return Refused("--all-namespaces with", flags.target, "leave one of them out");
    if (!flags.ns.empty()) return Refused("--all-namespaces with --namespace", flags.ns, "leave one of them out");
    return Selection{};
  }
  if (flags.target.find('/') != std::string::npos) return Qualified(flags.target, flags.ns);
  if (flags.target.empty()) return Chosen(flags.ns, "", default_namespace);
  if (as_plugin || !flags.ns.empty()) return Chosen(flags.ns, flags.target, default_namespace);
  return Selection{.ns = flags.target, .service = {}};
}

Result<ForecastOrder> InterpretForecast(const ClientFlags& flags, const DefaultNamespace& default_namespace) {
  ForecastOrder order{.service = {}, .horizon = kDefaultHorizon, .step = {}, .quantiles = {}, .plot = flags.plot};
  if (flags.plot && flags.output == "json")
    return InvalidArgument("--plot is a picture and -o json is none; leave one of them out");
  if (!flags.horizon.empty()) {
    const Result<milliseconds> horizon = ReadDuration("--horizon", flags.horizon, seconds(1));
    if (!horizon) return horizon.error();
    order.horizon = *horizon;
  }
  if (!flags.step.empty()) {
    const Result<milliseconds> step = ReadDuration("--step", flags.step, seconds(1));
    if (!step) return step.error();
    order.step = *step;
  }
  for (const std::string& text : flags.quantiles) {
    const Result<double> quantile = ParseDecimal(text);
    if (!quantile) return Refused("--quantile", text, "give a number from 0.01 to 0.999, such as 0.9");
    order.quantiles.push_back(*quantile);
  }
  std::sort(order.quantiles.begin(), order.quantiles.end());
  order.quantiles.erase(std::unique(order.quantiles.begin(), order.quantiles.end()), order.quantiles.end());
  Result<Selection> service = InterpretService(flags, default_namespace);
  if (!service) return std::move(service).error();
  order.service = *std::move(service);
  return order;
}

milliseconds RoundStep(milliseconds horizon, int most_points) {
  using std::chrono::hours;
  using std::chrono::minutes;
  constexpr std::array<milliseconds, 16> kSteps = {
      seconds(1), seconds(2),  seconds(5),  seconds(10), seconds(15), seconds(30), minutes(1), minutes(2),
      minutes(5), minutes(10), minutes(15), minutes(30), hours(1),    hours(2),    hours(3),   hours(6)};
  const auto fits = [&](milliseconds step) { return horizon <= step * most_points; };
  const auto found = std::find_if(kSteps.begin(), kSteps.end(), fits);
  return found == kSteps.end() ? std::chrono::hours(12) : *found;
}

}  // namespace dso::cli
