// Whole files: read, and written so that nobody sees half of one. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::cli {

// "-" is standard input. kNotFound, kPermissionDenied or kInvalidArgument with the path.
Result<std::string> ReadWholeFile(const std::string& path);

// Writes beside `path` and renames, so that an old file stays until the new one is complete; what is no regular file (a
// pipe, /dev/stdout) is written to directly. The error names the path.
Status WriteWholeFile(const std::string& path, std::string_view content);

}  // namespace dso::cli
