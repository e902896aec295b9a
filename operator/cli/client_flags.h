// The flags of the client's subcommands: what was written, and what it means. Interpreting is pure but for the default
// namespace, which is asked for where none is written. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/endpoint.h"
#include "cli/port_forward.h"

namespace CLI {
class App;
}

namespace dso::cli {

// As on the command line; empty where a flag is absent. One set for all subcommands, of which one is parsed.
struct ConnectionFlags {
  Endpoint endpoint{};
  ForwardOptions forward{};
  std::string timeout{};
};

struct ClientFlags {
  ConnectionFlags connection{};
  std::string target{};  // NAMESPACE/NAME, NAME, NAMESPACE
  std::string ns{};
  bool all_namespaces = false;
  std::string horizon{};
  std::string step{};
  std::vector<std::string> quantiles{};
  bool plot = false;
  std::string output{};
};

// Makes `command` read its flags into `flags`, which must outlive the parsing.
void AddConnectionFlags(CLI::App& command, ConnectionFlags& flags);
void AddForecastFlags(CLI::App& command, ClientFlags& flags);
void AddExplainFlags(CLI::App& command, ClientFlags& flags);
// As a plugin of kubectl, the namespace is given with -n only.
void AddListFlags(CLI::App& command, ClientFlags& flags, bool as_plugin);
void AddWatchFlags(CLI::App& command, ClientFlags& flags, bool as_plugin);

enum class Output { kTable, kWide, kJson };

struct ConnectionOptions {
  Endpoint endpoint{};  // without an address: through `forward`
  ForwardOptions forward{};
  milliseconds timeout{};
};

struct Selection {
  std::string ns{};       // empty: all namespaces
  std::string service{};  // empty: all of them
};

struct ForecastOrder {
  Selection service{};
  milliseconds horizon{};
  std::optional<milliseconds> step{};
  std::vector<double> quantiles{};  // ascending
  bool plot = false;
};

using DefaultNamespace = std::function<Result<std::string>()>;

// kInvalidArgument with the flag, its value and the remedy.
Result<ConnectionOptions> InterpretConnection(const ConnectionFlags& flags);
Result<Output> InterpretOutput(const std::string& text, bool has_wide);
// A service by NAMESPACE/NAME, or by NAME in -n or the default namespace.
Result<Selection> InterpretService(const ClientFlags& flags, const DefaultNamespace& default_namespace);
// What `list` and `watch` are about. A bare word is a service for a plugin of kubectl and where -n is given, else a
// namespace.
Result<Selection> InterpretSelection(const ClientFlags& flags, bool as_plugin,
                                     const DefaultNamespace& default_namespace);
Result<ForecastOrder> InterpretForecast(const ClientFlags& flags, const DefaultNamespace& default_namespace);

// A round step in which `horizon` has at most so many points; at least a second.
milliseconds RoundStep(milliseconds horizon, int most_points);

}  // namespace dso::cli
