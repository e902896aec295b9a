#include "controller/claim.h"

#include <algorithm>
#include <string_view>

#include "api/text_patterns.h"

namespace dso::controller {

using kube::Json;
using Kind = api::AdoptedAutoscaler::Kind;

namespace {

std::optional<api::AdoptedAutoscaler> FromText(const std::string& text) {
  for (const Kind kind : {Kind::kHorizontalPodAutoscaler, Kind::kScaledObject}) {
    const std::string prefix = std::string(api::ToString(kind)) + "/";
    // Whoever may edit the service may write here: what is no name must not become a part of a path.
    if (text.starts_with(prefix) && api::IsDnsSubdomain(std::string_view(text).substr(prefix.size()))) {
      return api::AdoptedAutoscaler{kind, text.substr(prefix.size())};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string ToText(const api::AdoptedAutoscaler& ref) { return std::string(api::ToString(ref.kind)) + "/" + ref.name; }

ClaimOnObject ClaimOnObject::FromJson(const Json& object) {
  static const Json::json_pointer kFinalizers("/metadata/finalizers");
  static const Json::json_pointer kAnnotations("/metadata/annotations");
  ClaimOnObject out;
  if (const Json* finalizers = kube::Find(object, kFinalizers); finalizers != nullptr && finalizers->is_array()) {
    for (const Json& finalizer : *finalizers) {
      if (!finalizer.is_string()) continue;
      if (finalizer == kFinalizer) {
        out.claim.finalizer = true;
      } else {
        out.other_finalizers.push_back(finalizer.get<std::string>());
      }
    }
  }
  out.claim.holds = FromText(kube::StringAt(object, kAnnotations / kHoldsAnnotation));
  return out;
}

Json ClaimPatch(const ClaimOnObject& before, const Claim& after, const std::string& resource_version) {
  Json metadata{{"resourceVersion", resource_version}};
  if (before.claim.finalizer != after.finalizer) {
    metadata["finalizers"] = before.other_finalizers;
    if (after.finalizer) metadata["finalizers"].push_back(kFinalizer);
  }
  if (before.claim.holds != after.holds) {
    metadata["annotations"][kHoldsAnnotation] = after.holds ? Json(ToText(*after.holds)) : Json(nullptr);
  }
  return {{"metadata", std::move(metadata)}};
}

}  // namespace dso::controller
