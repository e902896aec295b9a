// Reads the small files that access to a cluster is made of: kubeconfigs, certificates, tokens. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::kube {

// The whole file. `what` begins the message: `cluster "prod" of /etc/kubeconfig: certificate-authority`.
// kInvalidArgument if it cannot be read or is larger than any of these files is; the message never holds content.
Result<std::string> ReadSmallFile(const std::filesystem::path& file, std::string_view what);

}  // namespace dso::kube
