// What is known of the start-up of one pod, from its latest state alone. Times are those that the cluster gives: to the
// second, and by the clocks of different machines.
#pragma once

#include <optional>

#include "base/time.h"

namespace dso::decide {

struct PodStart {
  WallTime created{};
  std::optional<WallTime> scheduled = std::nullopt;  // it got its node
  std::optional<WallTime> started =
      std::nullopt;                              // the last of its containers runs: images pulled, init containers done
  std::optional<WallTime> ready = std::nullopt;  // it is ready, since then; empty while it is not
  // It tells nothing of the time: a container has restarted, an image or the configuration is refused, it has failed,
  // or it is not ready but has been.
  bool unusable = false;
  bool probed = false;  // has a probe that says when it is ready
};

}  // namespace dso::decide
