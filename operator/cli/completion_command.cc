#include "cli/completion_command.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdlib>

#include "cli/client_command.h"
#include "cli/completion.h"
#include "cli/interrupt.h"
#include "cli/operator_link.h"
#include "cli/rpc_failure.h"
#include "cli/terminal.h"

namespace dso::cli {
namespace {

namespace v1 = deepseek::forecast::v1;

constexpr milliseconds kTimeout = seconds(3);  // somebody waits with a finger on the key

// The flags of a connection among words that need not be a whole command line yet.
ConnectionFlags FlagsAmong(const std::vector<std::string>& words) {
  ConnectionFlags flags;
  CLI::App probe;
  probe.set_help_flag();
  probe.allow_extras();
  AddConnectionFlags(probe, flags);
  std::vector<std::string> reversed(words.rbegin(), words.rend());
  reversed.erase(reversed.begin());  // the word that is being written
  try {
    probe.parse(reversed);
  } catch (const CLI::ParseError&) {
    // Then an operator is looked for by what could be read.
  }
  return flags;
}

std::vector<std::string> AskServices(const ConnectionFlags& flags, const std::string& ns) {
  Result<ConnectionOptions> options = InterpretConnection(flags);
  if (!options) return {};
  options->timeout = std::min(options->timeout, kTimeout);
  const Interrupt interrupt;
  Result<OperatorLink> link = OperatorLink::Open(*options, interrupt.token());
  if (!link) return {};
  v1::ListServicesRequest request;
  request.set_namespace_(ns);
  v1::ListServicesResponse list;
  if (link->client().ListServices(request, list, options->timeout, interrupt.token())) return {};
  std::vector<std::string> names;
  for (const v1::ServiceSummary& service : list.services()) {
    names.push_back(fmt::format("{}/{}", service.namespace_(), service.service()));
  }
  return names;
}

}  // namespace

int RunCompletion(const std::string& shell) {
  const std::optional<std::string> script = CompletionScript(shell);
  if (!script) {
    fmt::print(stderr, "deepseek-operator completion: which shell? Give bash, zsh or fish\n");
    return kUsage;
  }
  return Print(*script) ? 0 : kFailed;
}

int AnswerCompletion(const CLI::App& app, const std::vector<std::string>& words, bool as_plugin) {
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  const ConnectionFlags flags = words.empty() ? ConnectionFlags() : FlagsAmong(words);
  const CompletionSource source{.services = [&flags](const std::string& ns) { return AskServices(flags, ns); },
                                .default_namespace = [&flags]() -> std::optional<std::string> {
                                  Result<std::string> ns = NamespaceOfKubeconfig(flags.forward);
                                  if (!ns) return std::nullopt;
                                  return *std::move(ns);
                                },
                                .as_plugin = as_plugin};
  return Print(CompletionLines(Complete(app, words, source))) ? 0 : kFailed;
}

}  // namespace dso::cli
