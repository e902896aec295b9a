#include "kube/lease.h"

namespace dso::kube {

using namespace nlohmann::literals;

namespace {

Json Precondition(const Lease& lease) { return {{"uid", lease.uid}, {"resourceVersion", lease.resource_version}}; }

Json Held(const LeaseClaim& claim, int64_t transitions, WallTime now) {
  return {{"holderIdentity", claim.holder},
          {"leaseDurationSeconds", claim.duration.count()},
          {"acquireTime", FormatMicroTime(now)},
          {"renewTime", FormatMicroTime(now)},
          {"leaseTransitions", transitions}};
}

}  // namespace

std::optional<Lease> Lease::FromJson(const Json& object) {
  Lease lease;
  lease.uid = StringAt(object, "/metadata/uid"_json_pointer);
  lease.resource_version = StringAt(object, "/metadata/resourceVersion"_json_pointer);
  if (lease.uid.empty()) return std::nullopt;
  lease.holder = StringAt(object, "/spec/holderIdentity"_json_pointer);
  // Older operators may have had other durations; without one it is as good as over.
  lease.duration = seconds(IntegerAt(object, "/spec/leaseDurationSeconds"_json_pointer).value_or(0));
  lease.transitions = IntegerAt(object, "/spec/leaseTransitions"_json_pointer).value_or(0);
  return lease;
}

Json NewLease(const LeaseClaim& claim, WallTime now) {
  return {{"metadata", {{"namespace", claim.key.ns}, {"name", claim.key.name}}}, {"spec", Held(claim, 0, now)}};
}

Json TakePatch(const Lease& lease, const LeaseClaim& claim, WallTime now) {
  return {{"metadata", Precondition(lease)}, {"spec", Held(claim, lease.transitions + 1, now)}};
}

Json RenewPatch(const Lease& lease, const LeaseClaim& claim, WallTime now) {
  return {{"metadata", Precondition(lease)},
          {"spec",
           {{"holderIdentity", claim.holder},
            {"leaseDurationSeconds", claim.duration.count()},
            {"renewTime", FormatMicroTime(now)}}}};
}

// With a short duration, for those that look at it only.
Json ReleasePatch(const Lease& lease, WallTime now) {
  return {{"metadata", Precondition(lease)},
          {"spec", {{"holderIdentity", ""}, {"leaseDurationSeconds", 1}, {"renewTime", FormatMicroTime(now)}}}};
}

}  // namespace dso::kube
