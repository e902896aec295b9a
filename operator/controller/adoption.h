// Adoption (spec.autoscaling.hpaRef, scaledObjectRef): the minimum of an autoscaler that somebody else owns carries the
// floor, and is given back. adoption_rules.h says when, contest.h what is written, adoptable.h what is left on it.
// Loop thread only.
//
// Order of the writes, so that a kill between any two of them loses nothing: claim on the service (claim.h), hold on
// the autoscaler, …, restored autoscaler, claim taken away.
#pragma once

#include <string>

#include "controller/pass.h"

namespace dso::controller {

// Brings record.adopted up to date, from the cache for an HPA, from the API server (at most once in kRecheck while all
// is well) for a ScaledObject. Precondition: the spec is valid.
Task<Status> ReadAdopted(World& world, Pass& pass);

// Why what the spec refers to cannot be adopted. Precondition: the spec adopts, and ReadAdopted has succeeded.
std::optional<Verdict> JudgeAdopted(const ClusterCache& cache, const Pass& pass);

// For a look between two reconciles: takes what the cache knows into the record. False if a reconcile has to read it.
bool RefreshAdopted(const ClusterCache& cache, const CachedService& cached, ServiceRecord& record);
// Whether the autoscaler differs from what the decision asks for.
bool IsHoldDue(const CachedService& cached, const ServiceRecord& record, SteadyTime now, WallTime wall);

// Writes the floor where the service may hold the minimum. Sets floor_applied.
Task<Status> HoldAdopted(World& world, Pass& pass);

// Gives back what the service holds and should not: the mode has left Active, the reference has changed, or the
// autoscaler scales something else now. Precondition: the spec is valid.
Task<Status> GiveBack(World& world, Pass& pass);

// The finalizer and the claim that the spec needs. What stands in the way is in pass.claim_problem.
Task<Status> EnsureClaim(World& world, Pass& pass);
// Success if the service is gone.
Task<Status> SetClaim(World& world, Pass& pass, Claim claim);

// Restores the autoscaler if `service` holds it. What it is then; nullopt if it, or its kind, is gone.
Task<Result<std::optional<Adoptable>>> RestoreAdopted(World& world, std::string ns, api::AdoptedAutoscaler ref,
                                                      std::string service);

}  // namespace dso::controller
