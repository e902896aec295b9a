// Adoption (spec.autoscaling.hpaRef, scaledObjectRef): the minimum of an autoscaler that somebody else owns carries the
// floor. adoption_rules.h says when, contest.h what is written, adoptable.h what is left on it, giving_back.h how it
// ends. Loop thread only.
//
// Order of the writes, so that a kill between any two of them loses nothing: claim on the service (claim.h), hold on
// the autoscaler, …, restored autoscaler, claim taken away.
#pragma once

#include "controller/pass.h"

namespace dso::controller {

// Brings record.adopted up to date, from the cache for an HPA, from the API server (at most once in kRecheck while all
// is well) for a ScaledObject. Precondition: the spec is valid.
Task<Status> ReadAdopted(World& world, Pass& pass);

// Why `live`, which the spec refers to, cannot be adopted; nullopt for `live`: it is not there.
// Precondition: the spec adopts.
std::optional<Verdict> JudgeAdopted(const ClusterCache& cache, const Pass& pass, const std::optional<Adoptable>& live);

// For a look between two reconciles: takes what the cache knows into the record. False if a reconcile has to read it.
bool RefreshAdopted(const ClusterCache& cache, const CachedService& cached, ServiceRecord& record);
// Whether the autoscaler differs from what the decision asks for.
bool IsHoldDue(const CachedService& cached, const ServiceRecord& record, SteadyTime now, WallTime wall);

// Writes the floor where the service may hold the minimum. Sets floor_applied.
Task<Status> HoldAdopted(World& world, Pass& pass);

}  // namespace dso::controller
