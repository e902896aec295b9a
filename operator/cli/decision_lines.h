// What a stream of decisions tells, a line for each. Not thread-safe.
#pragma once

#include <map>
#include <string>

#include "cli/view.h"

namespace deepseek::forecast::v1 {
class DecisionEvent;
}  // namespace deepseek::forecast::v1

namespace dso::cli {

class DecisionLines {
 public:
  // `whole`: explanations are never cut to the width of the view.
  explicit DecisionLines(bool whole) : whole_(whole) {}

  // "16:17:25 CET  prod/chat  7 → 8  Forecast  at least 8 replicas: …" with a newline. Nothing for what a new stream
  // repeats: a floor that has been told already.
  std::string Next(const deepseek::forecast::v1::DecisionEvent& event, const View& view);

 private:
  bool whole_;
  std::map<std::string, int> floors_{};  // that have been told, by NAMESPACE/NAME
};

}  // namespace dso::cli
