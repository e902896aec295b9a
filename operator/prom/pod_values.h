// A figure for each pod out of an answer, or why there is none. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "prom/answer.h"
#include "prom/reason.h"

namespace dso::prom {

inline constexpr std::string_view kPodLabel = "pod";

using PodValues = std::unordered_map<std::string, double>;  // by the name of the pod; finite and not negative

// Series without a pod and values that are no count are left out. kNoSeries, kNotANumber or kNegative if that leaves
// none, kSeveralSeries if a pod has two, kPartial if the server warns: a part of a pod's work would make it look idle.
Answer<PodValues> ValuesByPod(const InstantAnswer& answer);

}  // namespace dso::prom
