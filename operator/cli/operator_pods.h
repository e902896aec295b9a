// Which pod of the operator to talk to. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::cli {

struct OperatorPod {
  std::string name;
  int port = 0;
};

// From what `kubectl get pods -o json` says: the first ready pod that is not on its way out and has the port, which is
// the name of a container's port or a number. The error says what is missing and what to do.
Result<OperatorPod> ChooseOperatorPod(std::string_view pods_json, const std::string& port, const std::string& ns);

}  // namespace dso::cli
