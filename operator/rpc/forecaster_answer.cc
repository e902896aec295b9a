#include "rpc/forecaster_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dso::rpc {
namespace {

// What is wrong with a value; empty: nothing.
std::string_view WrongWith(double value) {
  if (std::isnan(value)) return "not a number";
  if (std::isinf(value)) return "infinite";
  if (value < 0) return "negative";
  return value > kLargestDemand ? "above 1e12" : "";
}

std::string WrongWith(const PredictedPoint& point, size_t quantiles) {
  if (const auto wrong = WrongWith(point.expected); !wrong.empty()) return fmt::format("expected is {}", wrong);
  if (point.quantiles.size() != quantiles) {
    return fmt::format("it has {} quantiles, asked for were {}", point.quantiles.size(), quantiles);
  }
  for (const double quantile : point.quantiles) {
    if (const auto wrong = WrongWith(quantile); !wrong.empty()) return fmt::format("a quantile is {}", wrong);
  }
  if (!std::is_sorted(point.quantiles.begin(), point.quantiles.end())) return "its quantiles are not ascending";
  return "";
}

}  // namespace

Status ValidateAnswer(const PredictRequest& request, const Prediction& answer) {
  const auto wrong = [](std::string what) { return Internal("its answer cannot be used: " + std::move(what)); };
  if (answer.path.empty()) return wrong("the path has no points");
  if (answer.path.size() > kMostPoints) {
    return wrong(fmt::format("the path has {} points, more than {}", answer.path.size(), kMostPoints));
  }
  const WallTime earliest = request.now() - request.step;
  const WallTime end = request.now() + request.horizon;
  for (size_t i = 0; i < answer.path.size(); ++i) {
    const PredictedPoint& point = answer.path[i];
    if (const std::string what = WrongWith(point, request.quantiles.size()); !what.empty()) {
      return wrong(fmt::format("point {}: {}", i, what));
    }
    if (i > 0 && point.at <= answer.path[i - 1].at)
      return wrong(fmt::format("point {} is not after the one before", i));
    if (point.at <= earliest || point.at > end + request.step) {
      return wrong(fmt::format("point {} is outside of the time that was asked for", i));
    }
  }
  if (answer.path.back().at < end - request.step) return wrong("the path ends before the horizon that was asked for");
  return {};
}

std::string Printable(std::string_view text, size_t most) {
  std::string shown(text.substr(0, most));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

}  // namespace dso::rpc
