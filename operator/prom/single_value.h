// One number out of an answer, or why there is none. Pure, thread-safe.
#pragma once

#include "prom/answer.h"
#include "prom/reason.h"

namespace dso::prom {

// kNotANumber or kNegative if a demand cannot have this value, else kNone.
Reason JudgeValue(double value);

// The one sample of `answer` if it is a demand: finite, not negative, and no older than `max_age` at `now`. Otherwise
// kNoSeries, kSeveralSeries, kNotANumber, kNegative or kStale with the remedy.
Answer<Point> SingleValue(const InstantAnswer& answer, WallTime now, milliseconds max_age);

// The sentences that both SingleValue and JudgePreset use.
Failure BadValue(Reason reason, double value);
Failure StaleSample(WallTime sampled_at, WallTime now, milliseconds max_age);

}  // namespace dso::prom
