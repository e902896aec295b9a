// Reads one of the five fields of a cron schedule. Pure, thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace dso::calendar {

// What a field may hold; texts for messages.
struct CronFieldKind {
  std::string_view name;
  unsigned min;
  unsigned max;                                   // below 64
  std::span<const std::string_view> value_names;  // of `min` and what follows, in lower case; may be empty
  std::string_view allowed;
};

struct CronField {
  uint64_t values = 0;  // bit v: the value v
  bool any = false;     // *, ? or */1 is among its members
};

// A list of *, 5, 1-5, each of them also with /STEP. kInvalidArgument says which part is wrong and what to write.
Result<CronField> ReadCronField(const CronFieldKind& kind, std::string_view text);

}  // namespace dso::calendar
