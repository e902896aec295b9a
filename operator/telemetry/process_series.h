// The series process_* of this process, under the names that Prometheus' client libraries have: from /proc.
// Thread-safe.
#pragma once

#include <string>

namespace dso::telemetry {

// Appends them to `text`, in the text exposition format. What cannot be read is left out.
void WriteProcessSeries(std::string& text);

}  // namespace dso::telemetry
