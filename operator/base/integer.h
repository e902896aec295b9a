// Division of integers that rounds down, also below zero, where C++ rounds to zero. Pure, thread-safe.
#pragma once

#include <cstdint>

namespace dso {

// Precondition: b > 0.
constexpr int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }
// Within [0, b). Precondition: b > 0.
constexpr int64_t FloorMod(int64_t a, int64_t b) { return a - FloorDiv(a, b) * b; }

}  // namespace dso
