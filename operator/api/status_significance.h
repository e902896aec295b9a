// When a status is worth a write to the API server: changes of meaning at once, drifting figures seldom, time never.
// 10,000 idle services must cause no status writes. Pure and thread-safe.
#pragma once

#include "api/status.h"

namespace dso::api {

inline constexpr milliseconds kMinFigureWriteInterval = std::chrono::minutes(1);
inline constexpr double kFigureMovement = 0.10;  // relative to the written figure

// At once: replica counts, observedGeneration, the floor or its reason, recentDecisions, poolConfigMap, name, backend,
// perReplica and limit of connectionPools, and type, status, reason and observedGeneration of conditions but
// AutoscalerActive, which counts as a figure. After kMinFigureWriteInterval: a figure that moved by kFigureMovement or
// more, that appeared or went away, or a name beside it (unit, source, model), a pool's note or a condition's message
// that changed. Never on their own: the explanation and what only follows the clock (demand.at, forecast.by), nor what
// only goes with figures: forecast.nextPeakAt, which wanders where the demand has no peaks, capacity.evidence,
// score.text and poolPods.seenAt.
bool WorthWriting(const ServiceStatus& written, const ServiceStatus& now, milliseconds since_last_write);

}  // namespace dso::api
