// Parses one element of a query's result, by SAX events straight into points:
//
//   {"metric":{"service":"chat"},"value":[1435781451.781,"1"]}               of a vector
//   {"metric":{"service":"chat"},"values":[[1435781430,"1"],[1435781445,"2"]]}   of a matrix
//
// Pure, thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "prom/answer.h"
#include "prom/reason.h"

namespace dso::prom {

enum class ElementKind { kVector, kMatrix };

// Fails with kWrongType for an element of the other kind or a native histogram, else with kNotPrometheus.
Answer<Series> ParseSeries(std::string_view element, ElementKind expected);

// "1.5", "1e+09", "NaN", "+Inf", "-Inf". Nothing if it is not a number as Prometheus writes it.
std::optional<double> ParseSampleValue(std::string_view text);

// Seconds since 1970 as in the JSON, rounded to the millisecond. Nothing if no calendar has such a time.
std::optional<WallTime> ParseSampleTime(double seconds_since_epoch);

}  // namespace dso::prom
