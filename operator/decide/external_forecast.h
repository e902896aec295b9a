// Judges an external forecaster by what has come of its predictions, and says what its newest answer comes to.
//
// Each prediction is remembered until its time has come. Its error is that of the expected demand one lead ahead,
// relative to the demand and over about a week (WAPE), as for the models of the built-in bank; the built-in forecast of
// the same moments is remembered beside it. It is heeded when
//
//   - 30 of its predictions have come true: the error of a mean of 30 is a fifth of their spread, and
//   - the first and the last of them are two leads apart: predictions of one lead have most of their errors in common,
//     so that a single calm morning would otherwise judge a model for ever, and
//   - its WAPE is at most 1.5 times the built-in's of the same moments, or at most 5 %.
//
// Why not better than the built-in: it can only raise a floor, so what it adds is what it knows and the history does
// not, which is seldom: in the mean of a week a model that knows of a launch may well be behind. Why a bound: the
// larger of two forecasts is too high whenever one of them is, so that one of noise costs replicas all day long. 5 % is
// less than the headroom of a replica; on a load that hardly changes the built-in has next to no error, and a multiple
// of that says nothing. Who is heeded stays so until a tenth above these bounds, or the condition would flap.
//
// Pure; a value type, not thread-safe.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "decide/snapshot.h"
#include "forecast/interval.h"

namespace dso::decide {

// What a forecaster has answered.
struct ExternalPoint {
  WallTime at{};
  double expected = 0;  // in the unit of demand
  double quantile = 0;  // >= expected
};
struct ExternalAnswer {
  WallTime asked_at{};
  std::vector<ExternalPoint> path;  // ascending, not empty
  // When it is older it says nothing any more: two of three questions may go wrong before a forecaster is missed.
  milliseconds good_for = std::chrono::minutes(3);
};

// The maximum of both over (now, now + lead], the demand being linear between points; its slack is 0. Nothing if the
// answer is too old, of the future, or ends before `now`.
std::optional<Forecast> PeakOf(const ExternalAnswer& answer, WallTime now, milliseconds lead);

class ExternalJudge {
 public:
  enum class Verdict { kLearning, kAccurate, kTooInaccurate };

  static constexpr int kLeastJudged = 30;
  static constexpr double kMostOfBuiltIn = 1.5;
  static constexpr double kAlwaysAccurate = 0.05;
  static constexpr double kStaysWithin = 1.1;

  // `period`: from one answer to the next.
  ExternalJudge(milliseconds lead, milliseconds period);

  // Takes an answer, and what the built-in forecast said of the demand one lead after it; without one the newest demand
  // takes its place, which is what would be gone by otherwise. Ignored before the first Observe().
  void Remember(const ExternalAnswer& answer, std::optional<double> built_in);

  // The demand of a moment, in the order of time. One that is known in part only is not judged by. Longer than two
  // minutes and a lead without any, and what was to come true meanwhile is not judged.
  void Observe(WallTime at, double demand);

  Verdict verdict() const { return verdict_; }
  int judged() const { return judged_; }
  milliseconds lead() const { return lead_; }
  // WAPE at the lead; absent until a prediction has come true.
  std::optional<double> error() const { return ValueOf(error_); }
  std::optional<double> built_in_error() const { return ValueOf(built_in_error_); }
  // How often the maximum over the lead stayed below its quantile.
  std::optional<double> coverage() const { return ValueOf(coverage_); }
  // How much of the quantile stood idle, relative to the demand: predicted_need.h.
  double slack() const { return slack_.Value(); }

 private:
  struct Promise {
    WallTime made_at;
    double expected;  // one lead later
    double built_in;  // likewise
    double quantile;  // of the maximum meanwhile
    double largest;   // seen since
  };
  struct Seen {
    WallTime at;
    double demand;
  };

  static std::optional<double> ValueOf(const forecast::RunningRatio& ratio) {
    return ratio.empty() ? std::nullopt : std::optional(ratio.Value());
  }
  void Settle(const Promise& promise, double demand);
  Verdict Judge() const;

  milliseconds lead_;
  std::deque<Promise> promises_;  // oldest first
  std::optional<Seen> last_;
  int judged_ = 0;
  WallTime first_due_{};
  WallTime last_due_{};
  forecast::RunningRatio error_, built_in_error_, coverage_, slack_;
  Verdict verdict_ = Verdict::kLearning;
};

}  // namespace dso::decide
