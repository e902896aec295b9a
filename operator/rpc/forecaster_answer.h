// What an answer of an external forecaster has to be like, before anything is made of it. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "rpc/forecaster_client.h"

namespace dso::rpc {

inline constexpr size_t kMostPoints = 1'000;
inline constexpr size_t kLargestAnswerBytes = 256 * 1024;
// No demand is; and far from where a double overflows.
inline constexpr double kLargestDemand = 1e12;

// kInternal, with the point and what is wrong with it, for an answer with no or too many points, points out of order or
// more than a step outside of (now, now + horizon], a path that ends more than a step early, another number of
// quantiles than was asked for, and values that are no demand (NaN, infinite, negative, above kLargestDemand) or
// quantiles that descend.
Status ValidateAnswer(const PredictRequest& request, const Prediction& answer);

// Somebody else's words, to be shown: printable ASCII, anything else as '?', at most `most` bytes.
std::string Printable(std::string_view text, size_t most);

}  // namespace dso::rpc
