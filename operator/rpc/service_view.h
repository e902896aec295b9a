// What the event loop knows of one service at a moment, for the threads that answer callers. Immutable once published.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/spec.h"
#include "api/status.h"
#include "decide/floor.h"
#include "decide/snapshot.h"

namespace dso::rpc {

struct ServiceView {
  std::string ns;
  std::string name;
  WallTime looked_at{};
  bool leads = false;  // whether the process that says this decides about the service
  api::PredictionMode mode = api::PredictionMode::kOff;
  double quantile = 0;  // spec.prediction.quantile
  api::ReplicaBounds replicas{};
  std::optional<int> override_floor{};  // spec.override, while it lasts
  // What a leader reports, or what the leader has written; never null.
  std::shared_ptr<const api::ServiceStatus> status;
  // What this process has decided, and from what. A standby decides too; what counts is in the status.
  std::optional<decide::Decision> decision{};
  std::optional<decide::Snapshot> made_from{};

  // The floor in force, in replicas; nothing while none has been decided.
  std::optional<int> Floor() const {
    if (leads && decision) return decision->floor;
    return status->floor ? std::optional(status->floor->current) : std::nullopt;
  }
};

}  // namespace dso::rpc
