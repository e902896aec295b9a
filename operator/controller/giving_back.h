// The end of an adoption, and the claim on the service that makes sure that it comes (claim.h). Loop thread only.
#pragma once

#include <string>

#include "controller/pass.h"

namespace dso::controller {

// Gives back what the service holds and should not: the mode has left Active, the reference has changed, or the
// autoscaler scales something else now. What stands in the way is in pass.claim_problem.
// Precondition: the spec is valid.
Task<Status> GiveBack(World& world, Pass& pass);

// The finalizer and the claim that the spec needs. What stands in the way is in pass.claim_problem.
// Precondition: the spec is valid.
Task<Status> EnsureClaim(World& world, Pass& pass);

// The write of a claim; the pass goes on from what it answers. kNotFound if the service is gone.
Task<Status> SetClaim(World& world, Pass& pass, Claim claim);

// Restores the autoscaler if `service` holds it. What it is then; nullopt if it, or its kind, is gone.
Task<Result<std::optional<Adoptable>>> RestoreAdopted(World& world, std::string ns, api::AdoptedAutoscaler ref,
                                                      std::string service);

}  // namespace dso::controller
