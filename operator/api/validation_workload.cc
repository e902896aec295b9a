#include <fmt/format.h>

#include <algorithm>

#include "api/json_member.h"
#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {

using nlohmann::json;

namespace {

constexpr int kMaxPort = 65'535;
constexpr int kMaxMinReadySeconds = 3'600;

// Containers that serve: sidecars are init containers.
bool HasPortNamed(const json& pod_template, std::string_view name) {
  const json* pod = Member(&pod_template, "spec");
  for (const char* list_name : {"containers", "initContainers"}) {
    const json* containers = Member(pod, list_name);
    if (containers == nullptr || !containers->is_array()) continue;
    for (const json& container : *containers) {
      const json* ports = Member(&container, "ports");
      if (ports == nullptr || !ports->is_array()) continue;
      for (const json& port : *ports) {
        const json* port_name = Member(&port, "name");
        if (port_name != nullptr && *port_name == name) return true;
      }
    }
  }
  return false;
}

IntOrString ReadTargetPort(const Field& field, const Field& pod_template, int service_port) {
  if (!field.present()) return service_port;
  if (!field.value().is_string()) return field.Integer(1, kMaxPort).value_or(service_port);
  const auto name = field.String(kMaxPortNameLength);
  if (!name) return service_port;
  if (!IsPortName(*name)) {
    field.Problem(field.Shown() +
                  " is not the name of a port; use lower-case letters, digits and '-', such as \"http\"");
  } else if (pod_template.present() && !HasPortNamed(pod_template.value(), *name)) {
    field.Problem(
        fmt::format("no container of spec.template has a port named \"{0}\"; give one its \"name: {0}\", or "
                    "write the port's number here",
                    *name));
  }
  return *name;
}

std::optional<ServicePort> ReadServicePort(const Field& service, const Field& pod_template, const ObjectMeta& meta) {
  if (!service.IsObject()) return std::nullopt;
  service["port"].Require("give the port that clients connect to, such as 80");
  ServicePort out;
  out.port = service["port"].Integer(1, kMaxPort).value_or(0);
  out.target_port = ReadTargetPort(service["targetPort"], pod_template, out.port);
  if (!StartsWithLetter(meta.name)) {
    service.Problem(
        fmt::format("a Service cannot be named \"{}\"; rename the DeepSeekService so that it starts with a "
                    "letter, or leave spec.service out",
                    meta.name));
  }
  return out;
}

// The API server judges the rest of the template, when the Deployment is applied.
void CheckPodTemplate(const Field& pod_template) {
  const Field containers = pod_template["spec"]["containers"];
  if (!containers.Require("give the template at least one container")) return;
  if (containers.Elements().empty() && containers.value().is_array()) {
    containers.Problem("is empty; give the template at least one container");
  }
}

OwnedWorkload ReadOwnedWorkload(const Field& spec, const ObjectMeta& meta) {
  OwnedWorkload out;
  const Field pod_template = spec["template"];
  if (auto text = pod_template.Object()) {
    out.pod_template = *std::move(text);
    CheckPodTemplate(pod_template);
    if (const auto cores = CoresOf(pod_template.value())) out.cores = *cores;
  }
  out.strategy = spec["strategy"].Object().value_or(JsonText());
  out.min_ready_seconds = spec["minReadySeconds"].Integer(0, kMaxMinReadySeconds).value_or(0);
  out.service = ReadServicePort(spec["service"], pod_template, meta);
  return out;
}

TargetRef ReadTargetRef(const Field& ref) {
  TargetRef out;
  if (!ref.IsObject()) return out;
  ref["apiVersion"].Require("for a Deployment it is apps/v1");
  ref["kind"].Require("such as Deployment");
  ref["name"].Require("give the name of the object to scale");
  out.api_version = ref["apiVersion"].String(kMaxNameLength).value_or("");
  out.kind = ref["kind"].String(kMaxLabelLength).value_or("");
  out.name = ReadObjectName(ref["name"]).value_or("");
  if (!out.api_version.empty() && !IsApiVersion(out.api_version)) {
    ref["apiVersion"].Problem(ref["apiVersion"].Shown() + " is not group/version; for a Deployment it is apps/v1");
  }
  if (!out.kind.empty() && !IsKind(out.kind)) {
    ref["kind"].Problem(ref["kind"].Shown() + " is not a kind; write it as in a manifest, such as Deployment");
  }
  return out;
}

// "N%" without leading zeros, N from 1 to 100.
bool IsPercentage(std::string_view text) {
  if (!text.ends_with('%')) return false;
  text.remove_suffix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text == "100" ||
         (!text.empty() && text.size() <= 2 && text.front() != '0' && std::all_of(text.begin(), text.end(), is_digit));
}

IntOrString ReadMaxUnavailable(const Field& field) {
  const json& value = field.value();
  if (value.is_string() && IsPercentage(value.get_ref<const std::string&>())) return value.get<std::string>();
  if (value == 0 || value == "0%") {
    field.Problem(field.Shown() + " would block every drain of a node; give at least 1 or \"1%\"");
  } else if (!value.is_number()) {
    field.Problem(field.Shown() + " is neither a number of pods nor a percentage from \"1%\" to \"100%\"");
  } else {
    return field.Integer(1, kMaxReplicas).value_or(1);
  }
  return 1;
}

}  // namespace

std::optional<DisruptionBudget> ReadDisruptionBudget(const Field& spec) {
  const Field budget = spec["podDisruptionBudget"];
  if (!budget.IsObject()) return std::nullopt;
  if (!spec["template"].present()) {
    budget.Problem("goes with template only; remove it, and give the target's pods a budget of your own");
  }
  if (!budget["maxUnavailable"].Require("say how many pods a drain may take at once, such as \"25%\"")) {
    return std::nullopt;
  }
  return DisruptionBudget{ReadMaxUnavailable(budget["maxUnavailable"])};
}

std::variant<OwnedWorkload, TargetRef> ReadWorkload(const Field& spec, const ObjectMeta& meta) {
  const Field target_ref = spec["targetRef"];
  const bool owned = spec["template"].present();
  if (owned == target_ref.present()) {
    spec.Problem(owned ? "template and targetRef exclude each other; keep the one that describes what runs"
                       : "neither template nor targetRef is given; say what runs with one of them");
  }
  if (owned || !target_ref.present()) return ReadOwnedWorkload(spec, meta);
  for (const char* name : {"strategy", "minReadySeconds", "service"}) {
    if (spec[name].present()) spec[name].Problem("goes with template only; remove it, the target has its own");
  }
  return ReadTargetRef(target_ref);
}

}  // namespace dso::api
