// `deepseek-operator forecast`, `explain`, `list` and `watch`: what a person asks an operator that runs. Also as
// `kubectl deepseek`, when the program is called kubectl-deepseek.
#pragma once

#include <optional>
#include <string>

#include "cli/client_flags.h"

namespace dso::cli {

class ClientCommands {
 public:
  // Adds the subcommands. `name` is how a person calls the program; `app` outlives this.
  ClientCommands(CLI::App& app, std::string name, const char* version, bool as_plugin);
  ClientCommands(const ClientCommands&) = delete;
  ClientCommands& operator=(const ClientCommands&) = delete;

  // After `app` has parsed: the exit code (rpc_failure.h) of the one of them that was asked for, nothing if none was.
  // Call on the main thread before any other thread is started.
  std::optional<int> Run() const;

 private:
  int RunForecast() const;
  int RunExplain() const;
  int RunList() const;
  int RunWatch() const;
  int Refuse(const char* command, const Error& error) const;

  std::string name_;
  bool as_plugin_;
  ClientFlags flags_{};
  CLI::App* forecast_;
  CLI::App* explain_;
  CLI::App* list_;
  CLI::App* watch_;
};

// The namespace of the kubeconfig's context, as kubectl takes it.
Result<std::string> NamespaceOfKubeconfig(const ForwardOptions& options);

}  // namespace dso::cli
