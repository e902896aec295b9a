// `deepseek-operator completion SHELL`, and the question that the shell's program asks then.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace dso::cli {

// Prints the shell's program. The exit code.
int RunCompletion(const std::string& shell);

// Prints what may follow `words`, of which the last is being written. Names of services are asked for at the operator
// that the words name, with a short timeout: none are offered if it does not answer. Call on the main thread before any
// other thread is started. The exit code.
int AnswerCompletion(const CLI::App& app, const std::vector<std::string>& words, bool as_plugin);

}  // namespace dso::cli
