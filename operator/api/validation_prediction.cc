#include <fmt/format.h>

#include <algorithm>

#include "api/validation_parts.h"

namespace dso::api {
namespace {

// Below a second there is nothing to wait for; above six hours a forecast of the peak says little.
constexpr DurationRange kLeadTime{seconds(1), std::chrono::hours(6)};
constexpr DurationRange kHistory{std::chrono::minutes(10), std::chrono::days(366)};
constexpr size_t kMaxTimeZoneBytes = 64;
constexpr DurationRange kSeason{std::chrono::minutes(1), std::chrono::days(183)};
constexpr size_t kMaxSeasons = 2;
constexpr int kPeriodsForSeason = 2;  // one period teaches nothing about the next

std::vector<milliseconds> ReadSeasons(const Field& field) {
  constexpr std::string_view kAuto = "Auto";
  const std::vector<Field> entries = field.Elements();
  std::vector<milliseconds> seasons;
  if (entries.size() == 1 && entries[0].present() && entries[0].value() == kAuto) return seasons;
  if (field.present() && field.value().is_array() && (entries.empty() || entries.size() > kMaxSeasons)) {
    field.Problem(
        fmt::format("has {} entries; give [Auto], or one or two durations such as [24h, 168h]", entries.size()));
  }
  for (const Field& entry : entries) {
    if (entry.present() && entry.value() == kAuto) {
      entry.Problem("Auto stands alone; remove it or the durations beside it");
    } else if (entry.Require("remove the empty entry")) {
      if (const auto season = entry.Duration(kSeason)) seasons.push_back(*season);
    }
  }
  std::sort(seasons.begin(), seasons.end());
  if (std::adjacent_find(seasons.begin(), seasons.end()) != seasons.end()) {
    field.Problem("names the same season twice; remove one");
  }
  return seasons;
}

// Whether there is such a zone is known where the database is: see zones/zones.h.
std::optional<std::string> ReadTimeZone(const Field& field) {
  auto name = field.String(kMaxTimeZoneBytes);
  const auto belongs = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '+' || c == '-' || c == '/'; };
  if (name && (name->empty() || !std::all_of(name->begin(), name->end(), belongs))) {
    field.Problem("is no name of a time zone; give one such as UTC or Europe/Berlin");
    return std::nullopt;
  }
  return name;
}

}  // namespace

PredictionSpec ReadPrediction(const Field& prediction) {
  PredictionSpec out;
  if (!prediction.IsObject()) return out;
  out.mode = prediction["mode"]
                 .OneOf({PredictionMode::kOff, PredictionMode::kShadow, PredictionMode::kActive})
                 .value_or(out.mode);
  out.quantile = prediction["quantile"].Decimal({0, 1}).value_or(out.quantile);
  if (out.quantile < 0.5 || out.quantile > 0.999) {
    prediction["quantile"].Problem("a floor is planned with a number from 0.5 to 0.999, such as \"0.9\"");
  }
  out.lead_time = prediction["leadTime"].Duration(kLeadTime).value_or(out.lead_time);
  out.history = prediction["history"].Duration(kHistory).value_or(out.history);
  out.seasons = ReadSeasons(prediction["seasons"]);
  out.time_zone = ReadTimeZone(prediction["timeZone"]).value_or(out.time_zone);
  if (!out.seasons.empty() && out.history < kPeriodsForSeason * out.seasons.back()) {
    prediction["history"].Problem(fmt::format("{} is too short for a season of {}; give at least two periods, {}",
                                              FormatDuration(out.history), FormatDuration(out.seasons.back()),
                                              FormatDuration(kPeriodsForSeason * out.seasons.back())));
  }
  return out;
}

}  // namespace dso::api
