// Reads a schedule from `timestamp,value` rows, the format that hack/traffic/history.py writes and reads.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "load/schedule.h"

namespace workload {

// Rows of a timestamp (see timestamp.h) and a rate in requests/s, oldest first; times are shifted so that the first is
// at 0 s. A header, blank lines, blanks around fields, CRLF and a byte order mark are fine. Throws UserError with the
// name, the line number, the reason and the remedy for everything else, fewer than two rows included.
std::vector<RatePoint> ReadScheduleCsv(std::istream& input, const std::string& name);

// The same for a file.
std::vector<RatePoint> ReadScheduleFile(const std::string& path);

}  // namespace workload
