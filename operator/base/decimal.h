// Decimal numbers as Kubernetes APIs carry them: in strings, because floats do not survive every client.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dso {

// A finite decimal such as "12", "0.9", "1e3". Hexadecimal, NaN, Inf and trailing text are refused.
Result<double> ParseDecimal(std::string_view text);

// For people: three significant digits or all integer digits, whichever is more ("17.8", "1210", "0.0321", "0").
std::string FormatDecimal(double value);

}  // namespace dso
