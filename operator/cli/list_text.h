// The services as `kubectl get` would list them. Pure, thread-safe.
#pragma once

#include <string>

#include "cli/view.h"

namespace deepseek::forecast::v1 {
class ListServicesResponse;
}  // namespace deepseek::forecast::v1

namespace dso::cli {

// `with_namespace` begins with a column for it, `wide` adds the unit and the reason of the floor.
std::string ServiceTable(const deepseek::forecast::v1::ListServicesResponse& list, bool with_namespace, bool wide,
                         const View& view);

}  // namespace dso::cli
