// The parts of the spec, one function and one file each; ReadSpec (validation.h) puts them together. Private to this
// folder. Each adds to the field's problems all that is wrong; its result counts only if nothing was added. Pure.
//
// The limits are those of the CRD's schema; tests/integration/crd compares what the API server makes of them.
#pragma once

#include "api/deepseek_service.h"
#include "api/field_reader.h"

namespace dso::api {

inline constexpr int kMaxReplicas = 10'000;
inline constexpr size_t kMaxNameLength = 253;

// A DNS label, such as the name of a Prometheus server.
std::optional<std::string> ReadLabel(const Field& field);

// `spec`, because its parts exclude each other.
std::variant<OwnedWorkload, TargetRef> ReadWorkload(const Field& spec, const ObjectMeta& meta);
ReplicaBounds ReadReplicas(const Field& replicas);
AutoscalingSpec ReadAutoscaling(const Field& autoscaling);
DemandSpec ReadDemand(const Field& demand, const ObjectMeta& meta);
CapacitySpec ReadCapacity(const Field& capacity, const std::optional<DemandSpec>& demand);
PredictionSpec ReadPrediction(const Field& prediction);

}  // namespace dso::api
