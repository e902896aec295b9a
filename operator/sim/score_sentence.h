// The score of a floor as one sentence for people, in the status and in an event. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "sim/score.h"

namespace dso::sim {

// What the floor would have done (Shadow), or what it has done against the HPA alone (Active):
//
//   would have avoided 93 % of 4,120 lost requests for 3.1 % more replica-hours (simulated, last 7d)
//
// and that there is no score yet, where less than an hour of demand was scored. `unit` is that of the demand: a rate
// such as "requests/s" loses requests, "in flight" loses request-seconds, any other "unit x seconds". The sentence has
// no capital letter and no full stop.
std::string Sentence(const Score::Summary& summary, std::string_view unit, bool shadow);

}  // namespace dso::sim
