// The fields of a Lease (coordination.k8s.io/v1) that leader election lives by, and the patches that change them.
// Pure, thread-safe.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "kube/object.h"

namespace dso::kube {

// For runtime::Store.
struct Lease {
  std::string uid;
  std::string resource_version;
  std::string holder;       // "" if nobody holds it
  seconds duration{15};     // for how long after a renewal nobody else may take it
  int64_t transitions = 0;  // how often it has changed hands

  static std::optional<Lease> FromJson(const Json& object);
};

// Who takes it, and for how long.
struct LeaseClaim {
  ObjectKey key;
  std::string holder;
  seconds duration{15};
};

// A Lease to be created, held by the claimant.
Json NewLease(const LeaseClaim& claim, WallTime now);
// Merge patches, each valid for the version of `lease` only: take it over, renew it, give it up. The times in them are
// for people: nobody compares them with a clock. A renewal says holder and duration again, as somebody may have changed
// them, and standbys go by them.
Json TakePatch(const Lease& lease, const LeaseClaim& claim, WallTime now);
Json RenewPatch(const Lease& lease, const LeaseClaim& claim, WallTime now);
Json ReleasePatch(const Lease& lease, WallTime now);

}  // namespace dso::kube
