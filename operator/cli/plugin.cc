#include "cli/plugin.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string>
#include <vector>

#include "cli/client_command.h"
#include "cli/completion_command.h"
#include "cli/rpc_failure.h"

namespace dso::cli {

CalledAs CalledAsOf(std::string_view program) {
  const size_t slash = program.rfind('/');
  const std::string_view name = slash == program.npos ? program : program.substr(slash + 1);
  if (name == "kubectl-deepseek") return CalledAs::kPlugin;
  return name == "kubectl_complete-deepseek" ? CalledAs::kPluginCompletion : CalledAs::kOperator;
}

int RunPlugin(int argc, char** argv, CalledAs called_as, const char* version) {
  CLI::App app{
      "What deepseek-operator expects of the demand of services, and why they have the floors that they have."};
  app.name("kubectl deepseek");
  app.set_version_flag("--version", fmt::format("deepseek-operator {}", version));
  app.failure_message(CLI::FailureMessage::help);
  const ClientCommands commands(app, "kubectl deepseek", version, true);
  if (called_as == CalledAs::kPluginCompletion) {
    return AnswerCompletion(app, std::vector<std::string>(argv + 1, argv + argc), true);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (const std::optional<int> code = commands.Run()) return *code;
  fmt::print(stderr, "{}", app.help());
  return kUsage;
}

}  // namespace dso::cli
