// Time zones by their names in the IANA database, which is read from the system (Debian: tzdata). Thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/local_clock.h"

namespace dso::zones {

// When a zone has which offset, from 2000 as far as the database lists changes (to 2037); nothing for "UTC".
// kInvalidArgument for a name that the database does not have.
Result<std::vector<calendar::UtcOffset>> OffsetsOf(std::string_view zone);

// The clock of that zone. As OffsetsOf.
Result<calendar::LocalClock> ClockOf(std::string_view zone);

}  // namespace dso::zones
