// The program as a plugin of kubectl, by the name that it is called by.
#pragma once

#include <string_view>

namespace dso::cli {

enum class CalledAs {
  kOperator,
  kPlugin,            // kubectl-deepseek: `kubectl deepseek …`
  kPluginCompletion,  // kubectl_complete-deepseek: asked by the completion of kubectl, from 1.26 on
};

// From argv[0], with or without a path. Pure, thread-safe.
CalledAs CalledAsOf(std::string_view program);

// Runs the plugin. The exit code. Call on the main thread before any other thread is started.
int RunPlugin(int argc, char** argv, CalledAs called_as, const char* version);

}  // namespace dso::cli
