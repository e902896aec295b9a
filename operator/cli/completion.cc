#include "cli/completion.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <set>
#include <string_view>

namespace dso::cli {
namespace {

// Where the words before the last one have led to.
struct Position {
  const CLI::App* command = nullptr;
  const CLI::Option* pending = nullptr;  // an option that waits for its value
  int positionals = 0;
  std::string ns{};  // of -n
};

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool HasName(const CLI::Option& option, const std::string& word) {
  const auto has = [&](const std::vector<std::string>& names, size_t dashes) {
    return word.size() > dashes && std::find(names.begin(), names.end(), word.substr(dashes)) != names.end();
  };
  return word.starts_with("--") ? has(option.get_lnames(), 2) : has(option.get_snames(), 1);
}

const CLI::Option* FindOption(const CLI::App& command, const std::string& word) {
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional() && HasName(*option, word)) return option;
  }
  return nullptr;
}

std::vector<const CLI::App*> SubcommandsOf(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::App* FindSubcommand(const CLI::App& command, const std::string& word) {
  for (const CLI::App* subcommand : SubcommandsOf(command)) {
    if (subcommand->get_name() == word) return subcommand;
  }
  return nullptr;
}

Position Walk(const CLI::App& app, const std::vector<std::string>& words) {
  Position position{.command = &app, .pending = nullptr, .positionals = 0, .ns = {}};
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (position.pending != nullptr) {
      if (HasName(*position.pending, "--namespace")) position.ns = word;
      position.pending = nullptr;
    } else if (word.starts_with("-") && word.size() > 1) {
      const size_t equals = word.find('=');
      const CLI::Option* const option = FindOption(*position.command, word.substr(0, equals));
      if (option == nullptr || !TakesValue(*option)) continue;
      if (equals == word.npos) position.pending = option;
      if (equals != word.npos && HasName(*option, "--namespace")) position.ns = word.substr(equals + 1);
    } else if (const CLI::App* subcommand = FindSubcommand(*position.command, word)) {
      position.command = subcommand;
    } else {
      ++position.positionals;
    }
  }
  return position;
}

void Offer(Completions& completions, const std::string& begun, std::string word, const std::string& description = "") {
  if (word.starts_with(begun)) completions.candidates.push_back({.word = std::move(word), .description = description});
}

std::vector<std::string> NamespacesOf(const std::vector<std::string>& services) {
  std::set<std::string> namespaces;
  for (const std::string& service : services) namespaces.insert(service.substr(0, service.find('/')));
  return {namespaces.begin(), namespaces.end()};
}

// NAMESPACE/NAME; NAME alone where the namespace is known: of -n, or that of kubectl.
void OfferServices(Completions& completions, const std::string& begun, const Position& position,
                   const CompletionSource& source) {
  std::string ns = position.ns;
  if (ns.empty() && source.as_plugin && begun.find('/') == begun.npos) ns = source.default_namespace().value_or("");
  for (const std::string& service : source.services(ns)) {
    Offer(completions, begun, ns.empty() ? service : service.substr(service.find('/') + 1));
  }
}

void OfferValues(Completions& completions, const std::string& begun, const CLI::Option& option,
                 const CompletionSource& source) {
  const std::string type = option.get_type_name();
  if (type == "FILE" || type.starts_with("OUT.") || type == "TRACE.csv") {
    completions.files = true;
  } else if (HasName(option, "--output")) {
    for (size_t begin = 0; begin < type.size();) {
      const size_t end = std::min(type.find('|', begin), type.size());
      Offer(completions, begun, type.substr(begin, end - begin));
      begin = end + 1;
    }
  } else if (HasName(option, "--namespace")) {
    for (std::string& ns : NamespacesOf(source.services(""))) Offer(completions, begun, std::move(ns));
  }
}

void OfferFlags(Completions& completions, const std::string& begun, const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) continue;
    for (const std::string& name : option->get_lnames())
      Offer(completions, begun, "--" + name, option->get_description());
  }
}

}  // namespace

Completions Complete(const CLI::App& app, const std::vector<std::string>& words, const CompletionSource& source) {
  Completions completions;
  if (words.empty()) return completions;
  const std::string& begun = words.back();
  const Position position = Walk(app, words);
  const CLI::App& command = *position.command;
  if (position.pending != nullptr) {
    OfferValues(completions, begun, *position.pending, source);
  } else if (begun.starts_with("-")) {
    OfferFlags(completions, begun, command);
  } else if (&command == &app) {
    for (const CLI::App* subcommand : SubcommandsOf(app)) {
      if (!subcommand->get_group().empty())
        Offer(completions, begun, subcommand->get_name(), subcommand->get_description());
    }
  } else if (position.positionals == 0) {
    const std::string& name = command.get_name();
    if (name == "forecast" || name == "explain") OfferServices(completions, begun, position, source);
    if (name == "watch") OfferServices(completions, begun, position, source);
    if (name == "list" && !source.as_plugin) {
      for (std::string& ns : NamespacesOf(source.services(""))) Offer(completions, begun, std::move(ns));
    }
    if (name == "completion") {
      for (const char* shell : {"bash", "zsh", "fish"}) Offer(completions, begun, shell);
    }
    completions.files = name == "backtest";
  }
  return completions;
}

std::string CompletionLines(const Completions& completions) {
  std::string text;
  for (const Completions::Candidate& candidate : completions.candidates) {
    text +=
        candidate.description.empty() ? candidate.word : fmt::format("{}\t{}", candidate.word, candidate.description);
    text += '\n';
  }
  return text + (completions.files ? ":0\n" : ":4\n");
}

std::optional<std::string> CompletionScript(const std::string& shell) {
  if (shell == "bash") {
    return R"(# bash completion of deepseek-operator: source <(deepseek-operator completion bash)
_deepseek_operator() {
  local line current=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :0) compopt -o filenames 2>/dev/null
          mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
      :*) ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _deepseek_operator deepseek-operator
)";
  }
  if (shell == "zsh") {
    return R"(#compdef deepseek-operator
# zsh completion of deepseek-operator: source <(deepseek-operator completion zsh)
_deepseek_operator() {
  local line word
  local -a found
  while IFS= read -r line; do
    case $line in
      :0) _files; return ;;
      :*) ;;
      *) word=${line%%$'\t'*}
         if [[ $line == *$'\t'* ]]; then found+=("${word//:/\\:}:${line#*$'\t'}"); else found+=("${word//:/\\:}"); fi ;;
    esac
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe deepseek-operator found
}
compdef _deepseek_operator deepseek-operator
)";
  }
  if (shell == "fish") {
    return R"(# fish completion of deepseek-operator: deepseek-operator completion fish | source
function __deepseek_operator_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete $words[2..-1] 2>/dev/null)
        switch $line
            case ':0'
                __fish_complete_path (commandline -ct)
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c deepseek-operator -f -a '(__deepseek_operator_complete)'
)";
  }
  return std::nullopt;
}

}  // namespace dso::cli
