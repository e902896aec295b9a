#include "zones/zones.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <exception>
#include <utility>

namespace dso::zones {
namespace {

constexpr auto kFirst = date::sys_days{date::year{2000} / 1 / 1};
constexpr auto kLast = date::sys_days{date::year{2038} / 1 / 1};

const date::time_zone* Find(std::string_view zone) {
  try {
    return date::locate_zone(zone);
  } catch (const std::exception&) {  // an unknown name, or no database at all
    return nullptr;
  }
}

}  // namespace

Result<std::vector<calendar::UtcOffset>> OffsetsOf(std::string_view zone) {
  std::vector<calendar::UtcOffset> offsets;
  if (zone == "UTC") return offsets;
  const date::time_zone* const found = Find(zone);
  if (found == nullptr) {
    return InvalidArgument(fmt::format(
        "\"{}\" is not in the system's time zone database; give a name such as UTC or Europe/Berlin", zone));
  }
  for (date::sys_seconds at = kFirst; at < kLast;) {
    const date::sys_info info = found->get_info(at);
    offsets.push_back({WallTime(at.time_since_epoch()), info.offset});
    if (info.end <= at) break;
    at = info.end;
  }
  return offsets;
}

Result<calendar::LocalClock> ClockOf(std::string_view zone) {
  auto offsets = OffsetsOf(zone);
  if (!offsets) return std::move(offsets).error();
  return calendar::LocalClock(*std::move(offsets));
}

}  // namespace dso::zones
