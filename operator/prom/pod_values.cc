#include "prom/pod_values.h"

#include <fmt/format.h>

#include <optional>

#include "prom/single_value.h"

namespace dso::prom {

Answer<PodValues> ValuesByPod(const InstantAnswer& answer) {
  if (!answer.notes.warnings.empty()) {
    return MakeFailure(Reason::kPartial,
                       "the values may be too low, the server warns: " + answer.notes.warnings.front());
  }
  PodValues values;
  std::optional<Failure> bad;
  for (const Series& series : answer.series) {
    const auto pod = series.labels.find(std::string(kPodLabel));
    if (pod == series.labels.end() || pod->second.empty()) continue;
    const double value = series.points.front().value;
    if (const Reason reason = JudgeValue(value); reason != Reason::kNone) {
      bad = BadValue(reason, value);
    } else if (!values.emplace(pod->second, value).second) {
      return MakeFailure(
          Reason::kSeveralSeries,
          fmt::format("the query returns several series for pod {}: wrap it in sum by (pod) ().", pod->second));
    }
  }
  if (!values.empty()) return values;
  if (bad) return *std::move(bad);
  return MakeFailure(Reason::kNoSeries,
                     answer.series.empty()
                         ? "the query matches no series: check its labels."
                         : "no series of the query has a label \"pod\": keep it, as in sum by (pod) (), or make it "
                           "of another one by label_replace().");
}

}  // namespace dso::prom
