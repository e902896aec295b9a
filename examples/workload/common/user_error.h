// What the person at the command line has to put right.
#pragma once

#include <stdexcept>

namespace workload {

// The message names the field, the value that was found and what to do. The programs print it after
// their name and exit with kExitUsage; it is never used for a failure while running.
class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;

}  // namespace workload
