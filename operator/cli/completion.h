// What a shell may offer for the word that is being written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dso::cli {

struct Completions {
  struct Candidate {
    std::string word;
    std::string description{};
  };
  std::vector<Candidate> candidates{};
  bool files = false;  // the names of files are right instead
};

struct CompletionSource {
  // NAMESPACE/NAME of services, of one namespace or of all (empty); asks an operator.
  std::function<std::vector<std::string>(const std::string& ns)> services{};
  // Where a service without a namespace is looked for; nothing where that is not known.
  std::function<std::optional<std::string>()> default_namespace{};
  bool as_plugin = false;
};

// `words` behind the program's name; the last one is being written and may be empty. Flags and subcommands are those of
// `app`. Pure but for the source.
Completions Complete(const CLI::App& app, const std::vector<std::string>& words, const CompletionSource& source);

// A line for each candidate, "WORD<tab>DESCRIPTION", then ":4", or ":0" if file names are right: what kubectl expects
// of kubectl_complete-NAME. https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
std::string CompletionLines(const Completions& completions);

// The program that a shell loads; nothing for a shell that is not known: bash, zsh, fish.
std::optional<std::string> CompletionScript(const std::string& shell);

}  // namespace dso::cli
