#include "controller/adoptable.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "kube/client.h"

namespace dso::controller {

using namespace nlohmann::literals;
using kube::IntegerAt;
using kube::Json;
using kube::StringAt;
using Kind = api::AdoptedAutoscaler::Kind;

namespace {

constexpr const char* kAbsent = "absent";
constexpr int kScaledObjectDefaultMaximum = 100;

struct FieldNames {
  const char* minimum;
  const char* maximum;
};
FieldNames FieldsOf(Kind kind) {
  return kind == Kind::kScaledObject ? FieldNames{"minReplicaCount", "maxReplicaCount"}
                                     : FieldNames{"minReplicas", "maxReplicas"};
}

std::string AnnotationOf(const Json& object, const char* name) {
  return StringAt(object, Json::json_pointer("/metadata/annotations") / name);
}

// Whoever but us has spec.`field`; of several the one that wrote last.
std::string OtherWriterOf(const Json& object, const char* field) {
  const Json* entries = kube::Find(object, "/metadata/managedFields"_json_pointer);
  if (entries == nullptr || !entries->is_array()) return "";
  const auto path = "/fieldsV1/f:spec"_json_pointer / (std::string("f:") + field);
  std::string writer;
  std::string newest;
  for (const Json& entry : *entries) {
    const std::string manager = StringAt(entry, "/manager"_json_pointer);
    const std::string time = StringAt(entry, "/time"_json_pointer);
    if (kube::Find(entry, path) == nullptr || manager == kube::kFieldManager || time < newest) continue;
    newest = time;
    writer = manager;
  }
  return writer;
}

void ReadController(const Json& object, Adoptable& adoptable) {
  const Json* owners = kube::Find(object, "/metadata/ownerReferences"_json_pointer);
  if (owners == nullptr || !owners->is_array()) return;
  for (const Json& owner : *owners) {
    const Json* controller = kube::Find(owner, "/controller"_json_pointer);
    if (controller == nullptr || *controller != true) continue;
    adoptable.controller_kind = StringAt(owner, "/kind"_json_pointer);
    adoptable.controller_name = StringAt(owner, "/name"_json_pointer);
  }
}

Json Precondition(const Adoptable& live) { return {{"uid", live.uid}, {"resourceVersion", live.resource_version}}; }

Json ToJson(std::optional<int> minimum) { return minimum ? Json(*minimum) : Json(nullptr); }

}  // namespace

std::string MinimumToText(std::optional<int> minimum) { return minimum ? std::to_string(*minimum) : kAbsent; }

std::optional<int> MinimumFromText(const std::string& text, std::optional<int> otherwise) {
  if (text == kAbsent) return std::nullopt;
  int number = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number < 0) return otherwise;
  return number;
}

Adoptable Adoptable::FromJson(Kind kind, const Json& object) {
  const FieldNames fields = FieldsOf(kind);
  const Json::json_pointer spec("/spec");
  Adoptable out;
  out.kind = kind;
  out.key = kube::KeyOf(object);
  out.uid = StringAt(object, "/metadata/uid"_json_pointer);
  out.resource_version = StringAt(object, "/metadata/resourceVersion"_json_pointer);
  out.target_kind = StringAt(object, "/spec/scaleTargetRef/kind"_json_pointer);
  out.target_name = StringAt(object, "/spec/scaleTargetRef/name"_json_pointer);
  // KEDA's default for a reference without a kind.
  if (kind == Kind::kScaledObject && out.target_kind.empty()) out.target_kind = "Deployment";
  if (const auto minimum = IntegerAt(object, spec / fields.minimum)) out.minimum = static_cast<int>(*minimum);
  const auto maximum = IntegerAt(object, spec / fields.maximum);
  out.maximum = static_cast<int>(maximum.value_or(kind == Kind::kScaledObject ? kScaledObjectDefaultMaximum : 1));
  ReadController(object, out);
  out.held_by = AnnotationOf(object, kAdoptedByAnnotation);
  out.original_text = AnnotationOf(object, kOriginalAnnotation);
  out.floor_text = AnnotationOf(object, kFloorAnnotation);
  out.minimum_writer = OtherWriterOf(object, fields.minimum);
  return out;
}

std::optional<int> Adoptable::Original() const {
  if (!HasOurFloor()) return minimum;
  return MinimumFromText(original_text, minimum);
}

std::string Adoptable::ToString() const { return fmt::format("{} {}", api::ToString(kind), key.name); }

Json HoldPatch(const Adoptable& live, const std::string& service, std::optional<int> original, int floor) {
  Json metadata = Precondition(live);
  metadata["annotations"] = {{kAdoptedByAnnotation, service},
                             {kOriginalAnnotation, MinimumToText(original)},
                             {kFloorAnnotation, std::to_string(floor)}};
  return {{"metadata", std::move(metadata)}, {"spec", {{FieldsOf(live.kind).minimum, floor}}}};
}

Json RestorePatch(const Adoptable& live) {
  Json metadata = Precondition(live);
  metadata["annotations"] = {
      {kAdoptedByAnnotation, nullptr}, {kOriginalAnnotation, nullptr}, {kFloorAnnotation, nullptr}};
  Json patch{{"metadata", std::move(metadata)}};
  std::optional<int> original = live.Original();
  if (original == live.minimum) return patch;
  // The API server refuses a minimum above the maximum, which the owner may have lowered since.
  if (original) original = std::min(*original, live.maximum);
  patch["spec"][FieldsOf(live.kind).minimum] = ToJson(original);
  return patch;
}

}  // namespace dso::controller
