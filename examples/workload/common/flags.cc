#include "common/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>

#include "common/duration.h"
#include "common/user_error.h"

namespace workload {

CLI::Option* AddDuration(CLI::App& app, const std::string& flag, std::chrono::nanoseconds& target,
                         const std::string& help) {
  const auto parse = [&target, flag](const std::string& text) {
    try {
      target = ParseDuration(text);
    } catch (const UserError& error) {
      throw CLI::ValidationError(flag, error.what());
    }
  };
  return app.add_option_function<std::string>(flag, parse, help)
      ->type_name("DURATION")
      ->default_str(FormatDuration(target));
}

void AddEnvironment(CLI::App& app, const std::string& prefix) {
  for (CLI::Option* option : app.get_options()) {
    std::string name = option->get_single_name();
    if (name == "help" || name == "version") continue;
    if (name == "port" || name.ends_with("-port")) name.insert(name.size() - 4, "listen-");
    std::string variable = prefix + "_";
    for (const char c : name) {
      variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    option->envname(variable);
  }
}

int RunProgram(CLI::App& app, int argc, char** argv, const std::function<int()>& body) {
  try {
    app.parse(argc, argv);
    return body();
  } catch (const CLI::Success& help_or_version) {
    return app.exit(help_or_version);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "{}: {}; see {} --help\n", app.get_name(), error.what(), app.get_name());
    return kExitUsage;
  } catch (const UserError& error) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
    return kExitUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
    return kExitFailure;
  }
}

}  // namespace workload
