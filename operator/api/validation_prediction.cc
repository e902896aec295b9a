#include <fmt/format.h>

#include <algorithm>

#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {
namespace {

// Below a second there is nothing to wait for; above six hours a forecast of the peak says little.
constexpr DurationRange kLeadTime{seconds(1), std::chrono::hours(6)};
constexpr DurationRange kHistory{std::chrono::minutes(10), std::chrono::days(366)};
constexpr DurationRange kSeason{std::chrono::minutes(1), std::chrono::days(183)};
constexpr size_t kMaxSeasons = 2;
constexpr int kPeriodsForSeason = 2;  // one period teaches nothing about the next
// A limit for longer than an hour is slower than any change of demand that a floor is for.
constexpr DurationRange kPacePeriod{seconds(1), std::chrono::hours(1)};
constexpr int kMaxRaisePercent = 1'000;
constexpr int kMaxReleasePercent = 100;

constexpr std::string_view kAuto = "Auto";

bool IsAuto(const Field& field) { return field.present() && field.value() == kAuto; }

std::optional<milliseconds> ReadLeadTime(const Field& field) {
  return IsAuto(field) ? std::nullopt : field.Duration(kLeadTime);
}

constexpr std::string_view kExternal = "external/";

std::optional<std::string> ReadModel(const Field& field) {
  const auto model = IsAuto(field) ? std::nullopt : field.String(kExternal.size() + kMaxLabelLength);
  if (!model) return std::nullopt;
  const std::string_view name = std::string_view(*model).substr(std::min(model->size(), kExternal.size()));
  if (!model->starts_with(kExternal) || !IsDnsLabel(name)) {
    field.Problem(
        fmt::format("\"{}\" is neither Auto nor external/NAME, the name of a forecaster in the operator's "
                    "configuration, such as external/prophet",
                    *model));
    return std::nullopt;
  }
  return std::string(name);
}

std::vector<milliseconds> ReadSeasons(const Field& field) {
  const std::vector<Field> entries = field.Elements();
  std::vector<milliseconds> seasons;
  if (entries.size() == 1 && IsAuto(entries[0])) return seasons;
  if (field.present() && field.value().is_array() && (entries.empty() || entries.size() > kMaxSeasons)) {
    field.Problem(
        fmt::format("has {} entries; give [Auto], or one or two durations such as [24h, 168h]", entries.size()));
  }
  for (const Field& entry : entries) {
    if (IsAuto(entry)) {
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

// What a limit leaves out is 0, not the default of the limit as a whole.
std::optional<PaceLimit> ReadPaceLimit(const Field& limit, int max_percent) {
  if (!limit.IsObject()) return std::nullopt;
  PaceLimit out;
  const auto replicas = limit["replicas"].Integer(0, kMaxReplicas);
  const auto percent = limit["percent"].Integer(0, max_percent);
  out.replicas = replicas.value_or(0);
  out.percent = percent.value_or(0);
  out.period = limit["period"].Duration(kPacePeriod).value_or(out.period);
  const bool no_replicas = replicas == 0 || !limit["replicas"].present();
  const bool no_percent = percent == 0 || !limit["percent"].present();
  if (no_replicas && no_percent) {
    limit.Problem("the floor could never move; give replicas or percent above 0");
  }
  return out;
}

}  // namespace

PredictionSpec ReadPrediction(const Field& prediction) {
  PredictionSpec out;
  if (!prediction.IsObject()) return out;
  out.mode = prediction["mode"]
                 .OneOf({PredictionMode::kOff, PredictionMode::kShadow, PredictionMode::kActive})
                 .value_or(out.mode);
  out.external_forecaster = ReadModel(prediction["model"]);
  out.quantile = prediction["quantile"].Decimal({0, 1}).value_or(out.quantile);
  if (out.quantile < 0.5 || out.quantile > 0.999) {
    prediction["quantile"].Problem("a floor is planned with a number from 0.5 to 0.999, such as \"0.9\"");
  }
  out.lead_time = ReadLeadTime(prediction["leadTime"]);
  out.history = prediction["history"].Duration(kHistory).value_or(out.history);
  out.seasons = ReadSeasons(prediction["seasons"]);
  out.time_zone = ReadTimeZone(prediction["timeZone"]).value_or(out.time_zone);
  out.events = ReadEvents(prediction["events"]);
  out.holidays = ReadHolidays(prediction["holidays"]);
  out.max_raise = ReadPaceLimit(prediction["maxRaisePerPeriod"], kMaxRaisePercent);
  out.max_release = ReadPaceLimit(prediction["maxReleasePerPeriod"], kMaxReleasePercent).value_or(out.max_release);
  if (!out.seasons.empty() && out.history < kPeriodsForSeason * out.seasons.back()) {
    prediction["history"].Problem(fmt::format("{} is too short for a season of {}; give at least two periods, {}",
                                              FormatDuration(out.history), FormatDuration(out.seasons.back()),
                                              FormatDuration(kPeriodsForSeason * out.seasons.back())));
  }
  return out;
}

}  // namespace dso::api
