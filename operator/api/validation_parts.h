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
// The name of an object of Kubernetes: a DNS subdomain.
std::optional<std::string> ReadObjectName(const Field& field);
// The name of a time zone, as far as its letters go. Whether there is one: zones/zones.h.
std::optional<std::string> ReadTimeZone(const Field& field);
// False, and a problem, if the list has more entries than that.
bool HasAtMost(const Field& list, size_t entries);

// `spec`, because its parts exclude each other.
std::variant<OwnedWorkload, TargetRef> ReadWorkload(const Field& spec, const ObjectMeta& meta);
// With template only; absent: none is made.
std::optional<DisruptionBudget> ReadDisruptionBudget(const Field& spec);
ReplicaBounds ReadReplicas(const Field& replicas);
// PromQL whose placeholders are known; "" if it is absent or wrong.
std::string ReadQuery(const Field& query, const ObjectMeta& meta);
// `spec`, because an adopted autoscaler asks for a targetRef and a deletion cost for a demand.
AutoscalingSpec ReadAutoscaling(const Field& spec, const ObjectMeta& meta);
DemandSpec ReadDemand(const Field& demand, const ObjectMeta& meta);
CapacitySpec ReadCapacity(const Field& capacity, const std::optional<DemandSpec>& demand);
// What the formula leaves out has to be measurable: `spec`, because demand and template say whether it is. The cores of
// a targetRef show only when it is read.
void CheckMeasuredFigures(const Field& spec);
PredictionSpec ReadPrediction(const Field& prediction);
std::vector<EventSpec> ReadEvents(const Field& events);
// `spec`, because containers of the template must not set what the operator sets for a pool.
std::vector<ConnectionPool> ReadConnectionPools(const Field& spec);
// What the pools of spec.connectionPools, as read and in its order, are not allowed together.
void CheckPoolConflicts(const Field& spec, const std::vector<ConnectionPool>& read);
// Days since 1970-01-01, ascending.
std::vector<int64_t> ReadHolidays(const Field& holidays);

}  // namespace dso::api
