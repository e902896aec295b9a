// deepseek-operator: flags and subcommands only.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/backtest_command.h"
#include "cli/client_command.h"
#include "cli/completion_command.h"
#include "cli/plugin.h"
#include "cli/ready_command.h"
#include "controller/process.h"
#include "controller/restore_command.h"
#include "version.h"

int main(int argc, char** argv) {
  if (const dso::cli::CalledAs called_as = dso::cli::CalledAsOf(argc > 0 ? argv[0] : "");
      called_as != dso::cli::CalledAs::kOperator) {
    return dso::cli::RunPlugin(argc, argv, called_as, DSO_VERSION);
  }
  CLI::App app{"Keeps a DeepSeekService able to answer: raises its HPA's floor before the traffic comes."};
  app.name("deepseek-operator");
  app.set_version_flag("--version", "deepseek-operator " DSO_VERSION);
  app.failure_message(CLI::FailureMessage::help);

  dso::controller::ProcessOptions options;
  options.version = DSO_VERSION;
  CLI::App& run = *app.add_subcommand("run", "Run the operator until SIGTERM.");
  run.set_version_flag("--version", "deepseek-operator " DSO_VERSION);
  run.add_option("--kubeconfig", options.kubeconfig,
                 "kubeconfig of the cluster; without it the service account of the pod, or $KUBECONFIG")
      ->type_name("FILE");
  run.add_option("--context", options.context, "context of the kubeconfig, instead of its current one")
      ->type_name("NAME");
  run.add_option("--prometheus", options.prometheus,
                 "a Prometheus server by the name that spec.demand.prometheus uses (repeatable)")
      ->type_name("NAME=URL")
      ->take_all();
  run.add_option("--config", options.config_file,
                 "configuration file: Prometheus servers with credentials, sync period, …")
      ->type_name("FILE");
  run.add_option("--watch-namespaces", options.watch_namespaces,
                 "look after the services of these namespaces only, instead of the configuration's (repeatable)")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->take_all();
  run.add_option("--listen", options.listen_address, "address of /metrics, /healthz and /readyz (0.0.0.0:8080)")
      ->type_name("HOST:PORT");
  run.add_option("--rpc-listen", options.rpc_listen_address,
                 "address of the gRPC services, such as 127.0.0.1:9090; without it, and without rpc in the "
                 "configuration, there are none")
      ->type_name("HOST:PORT");
  run.add_flag("--leader-elect", options.leader_elect,
               "take part in leader election: of several operators one writes, the others are ready to");
  run.add_option("--log-level", options.log_level, "debug, info, warning or error")->type_name("LEVEL");
  run.add_option("--log-format", options.log_format, "text or json")->type_name("FORMAT");

  dso::controller::RestoreOptions restore_options;
  CLI::App& restore =
      *app.add_subcommand("restore",
                          "Give adopted autoscalers their own minimum back, and the operator's own HPAs "
                          "replicas.min: before the operator is uninstalled, once it is stopped.");
  restore.set_version_flag("--version", "deepseek-operator " DSO_VERSION);
  restore.add_option("--kubeconfig", restore_options.kubeconfig, "as for run")->type_name("FILE");
  restore.add_option("--context", restore_options.context, "as for run")->type_name("NAME");
  restore
      .add_option("--stop-deployment", restore_options.stop,
                  "scale the operator's Deployment to 0 and wait until its pods have ended, then restore")
      ->type_name("NAMESPACE/NAME");
  restore.add_option("--namespace", restore_options.namespaces, "these namespaces only; default: all (repeatable)")
      ->type_name("NAME,...")
      ->delimiter(',')
      ->take_all();

  dso::cli::ReadyOptions ready_options;
  CLI::App& ready =
      *app.add_subcommand("ready", "Ask an operator that runs whether it is ready; exit code 0 if it is.");
  ready.set_version_flag("--version", "deepseek-operator " DSO_VERSION);
  ready.add_option("--url", ready_options.url, "where it listens (http://127.0.0.1:8080)")->type_name("URL");
  ready.add_option("--timeout", ready_options.timeout, "how long to go on asking, such as 30s; default: ask once")
      ->type_name("DURATION");

  dso::cli::BacktestFlags backtest_flags;
  CLI::App& backtest = *app.add_subcommand("backtest", "Replay a history of demand: what would the floor have saved?");
  backtest.set_version_flag("--version", "deepseek-operator " DSO_VERSION);
  dso::cli::AddBacktestFlags(backtest, backtest_flags);

  const dso::cli::ClientCommands client(app, "deepseek-operator", DSO_VERSION, false);

  std::string completion_shell;
  CLI::App& completion = *app.add_subcommand("completion", "Print a program that completes command lines in a shell.");
  completion.set_version_flag("--version", "deepseek-operator " DSO_VERSION);
  completion.add_option("shell", completion_shell, "bash, zsh or fish")->type_name("SHELL");

  // What that program asks, with a command line that need not make sense yet.
  if (argc > 1 && std::string_view(argv[1]) == "__complete") {
    return dso::cli::AnswerCompletion(app, std::vector<std::string>(argv + 2, argv + argc), false);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : dso::cli::kUsageError;
  }
  if (backtest.parsed()) return dso::cli::RunBacktest(backtest_flags);
  if (ready.parsed()) return dso::cli::RunReady(ready_options);
  if (restore.parsed()) return dso::controller::RunRestore(restore_options);
  if (completion.parsed()) return dso::cli::RunCompletion(completion_shell);
  if (const std::optional<int> code = client.Run()) return *code;
  if (!run.parsed()) {
    // Not CLI11's own requirement: that would hide which word is no subcommand.
    fmt::print(stderr, "{}", app.help());
    return 2;
  }
  if (const dso::Status ran = dso::controller::RunOperator(options); !ran) {
    fmt::print(stderr, "deepseek-operator: {}\n", ran.error().message);
    return 1;
  }
  return 0;
}
