#include "api/validation.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/json_member.h"
#include "api/query_template.h"
#include "api/text_patterns.h"

namespace dso::api {

using nlohmann::json;

namespace {

// The limits of the CRD's schema; tests/integration/crd compares what the API server makes of them.
constexpr int kMaxReplicas = 10'000;
constexpr int kMaxPort = 65'535;
constexpr int kMaxMinReadySeconds = 3'600;
constexpr int kMaxScaleDownWindowSeconds = 3'600;  // autoscaling/v2
constexpr size_t kMaxMetrics = 16;
constexpr size_t kMaxQueryLength = 4'096;
constexpr size_t kMaxUnitLength = 32;
constexpr size_t kMaxNameLength = 253;
constexpr DecimalRange kPositive{0, 1e9};
constexpr DecimalRange kSafetyFactor{0, 100};
constexpr DurationRange kResponseTime{milliseconds(1), std::chrono::hours(24)};
// Below a second there is nothing to wait for; above six hours a forecast of the peak says little.
constexpr DurationRange kLeadTime{seconds(1), std::chrono::hours(6)};
constexpr DurationRange kHistory{std::chrono::minutes(10), std::chrono::days(366)};
constexpr size_t kMaxTimeZoneBytes = 64;
constexpr DurationRange kSeason{std::chrono::minutes(1), std::chrono::days(183)};
constexpr size_t kMaxSeasons = 2;
constexpr int kPeriodsForSeason = 2;  // one period teaches nothing about the next

std::optional<std::string> ReadLabel(const Field& field) {
  auto text = field.String(kMaxLabelLength);
  if (text && !IsDnsLabel(*text)) {
    field.Problem(field.Shown() + " is not a name; use lower-case letters, digits and '-', such as \"chat\"");
    return std::nullopt;
  }
  return text;
}

// --- spec.template, spec.targetRef ----------------------------------------------------------------------------------

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
  out.name = ref["name"].String(kMaxNameLength).value_or("");
  if (!out.api_version.empty() && !IsApiVersion(out.api_version)) {
    ref["apiVersion"].Problem(ref["apiVersion"].Shown() + " is not group/version; for a Deployment it is apps/v1");
  }
  if (!out.kind.empty() && !IsKind(out.kind)) {
    ref["kind"].Problem(ref["kind"].Shown() + " is not a kind; write it as in a manifest, such as Deployment");
  }
  if (!out.name.empty() && !IsDnsSubdomain(out.name)) {
    ref["name"].Problem(ref["name"].Shown() +
                        " is not the name of an object; use lower-case letters, digits, '-' and '.'");
  }
  return out;
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

// --- spec.replicas, spec.autoscaling --------------------------------------------------------------------------------

ReplicaBounds ReadReplicas(const Field& replicas) {
  ReplicaBounds out;
  if (!replicas.Require("give at least replicas.max") || !replicas.IsObject()) return out;
  replicas["max"].Require("give the largest number of replicas that you want to pay for");
  const auto min = replicas["min"].Integer(1, kMaxReplicas);
  const auto max = replicas["max"].Integer(1, kMaxReplicas);
  out.min = min.value_or(out.min);
  out.max = max.value_or(std::max(out.min, out.max));
  if (max && out.max < out.min) {
    replicas["max"].Problem(fmt::format("{} is below min, {}; raise it or lower min", out.max, out.min));
  }
  return out;
}

AutoscalingSpec ReadAutoscaling(const Field& autoscaling) {
  AutoscalingSpec out;
  if (!autoscaling.IsObject()) return out;
  const Field metrics = autoscaling["metrics"];
  out.metrics = metrics.List().value_or(JsonText());
  if (!out.metrics.empty()) {
    if (metrics.value().empty()) out.metrics = {};  // [] asks for the default, as leaving it out does
    if (metrics.value().size() > kMaxMetrics) metrics.Problem(fmt::format("has more than {} entries", kMaxMetrics));
    for (const Field& metric : metrics.Elements()) {
      if (metric.Require("remove the empty entry") && metric.IsObject()) metric["type"].Require("such as Resource");
    }
  }
  const Field behavior = autoscaling["behavior"];
  out.behavior = behavior.Object().value_or(JsonText());
  if (out.behavior.text() == "{}") out.behavior = {};
  const Field scale_down = behavior["scaleDown"];
  if (!scale_down.IsObject()) return out;
  const auto window = scale_down["stabilizationWindowSeconds"].Integer(0, kMaxScaleDownWindowSeconds);
  if (window) out.scale_down_window = seconds(*window);
  return out;
}

// --- spec.demand, spec.capacity -------------------------------------------------------------------------------------

std::string_view UnitOf(Preset preset) { return preset == Preset::kDeepSeek ? kRequestsPerSecond : kInFlight; }

DemandSpec ReadDemand(const Field& demand, const ObjectMeta& meta) {
  DemandSpec out;
  const Field query = demand["query"];
  const Field unit = demand["unit"];
  out.preset = demand["preset"].OneOf({Preset::kDeepSeek, Preset::kVllm, Preset::kSglang});
  out.query = query.String(kMaxQueryLength).value_or("");
  out.unit = unit.String(kMaxUnitLength).value_or("");
  out.prometheus = ReadLabel(demand["prometheus"]).value_or(out.prometheus);
  if (demand["preset"].present() == query.present()) {
    demand.Problem("give exactly one of preset and query");
  } else if (!query.present()) {
    if (unit.present()) unit.Problem("goes with query only; a preset knows its unit, remove it");
    if (out.preset) out.unit = UnitOf(*out.preset);
  } else {
    if (!out.unit.empty() && !IsUnit(out.unit))
      unit.Problem(unit.Shown() + " is not printable text without blanks around it");
    unit.Require("say what query counts, such as \"requests/s\" or \"in flight\"");
    const auto expanded = ExpandQuery(out.query, meta.namespace_name, meta.name);
    if (!expanded) query.Problem(expanded.error().message);
  }
  return out;
}

PerReplicaCapacity ReadPerReplica(const Field& capacity) {
  PerReplicaCapacity out;
  out.per_replica = capacity["perReplica"].Decimal(kPositive).value_or(0);
  out.target_utilization_percent =
      capacity["targetUtilizationPercent"].Integer(1, 100).value_or(out.target_utilization_percent);
  return out;
}

CapacityFormula ReadFormula(const Field& formula) {
  CapacityFormula out;
  if (!formula.IsObject()) return out;
  formula["cores"].Require("give the cores of one replica, such as \"8\"");
  formula["concurrencyPerCore"].Require("give the requests that one core works on at once, such as \"4\"");
  formula["averageResponseTime"].Require("give the mean time that a request takes, such as 1200ms");
  out.cores = formula["cores"].Decimal(kPositive).value_or(0);
  out.concurrency_per_core = formula["concurrencyPerCore"].Decimal(kPositive).value_or(0);
  out.average_response_time =
      formula["averageResponseTime"].Duration(kResponseTime).value_or(out.average_response_time);
  out.safety_factor = formula["safetyFactor"].Decimal(kSafetyFactor).value_or(out.safety_factor);
  if (out.safety_factor < 1) {
    formula["safetyFactor"].Problem(formula["safetyFactor"].Shown() +
                                    " is below 1 and would overload every replica; 1.5 to 2.0 is usual");
  }
  return out;
}

CapacitySpec ReadCapacity(const Field& capacity, const std::optional<DemandSpec>& demand) {
  const Field formula = capacity["formula"];
  if (capacity["perReplica"].present() == formula.present()) {
    capacity.Problem("give exactly one of perReplica and formula");
    return PerReplicaCapacity{};
  }
  if (!formula.present()) return ReadPerReplica(capacity);
  if (capacity["targetUtilizationPercent"].present()) {
    capacity["targetUtilizationPercent"].Problem(
        "goes with perReplica only; the formula has its safetyFactor, remove one");
  }
  if (demand && !demand->unit.empty() && demand->unit != kRequestsPerSecond && demand->unit != kInFlight) {
    formula.Problem(
        fmt::format("cannot say how much \"{}\" a replica carries; use perReplica, or a demand in \"{}\" or "
                    "\"{}\"",
                    demand->unit, kRequestsPerSecond, kInFlight));
  }
  return ReadFormula(formula);
}

// --- spec.prediction ------------------------------------------------------------------------------------------------

std::vector<milliseconds> ReadSeasons(const Field& field) {
  constexpr std::string_view kAuto = "Auto";
  const std::vector<Field> entries = field.Elements();
  std::vector<milliseconds> seasons;
  if (entries.size() == 1 && entries[0].present() && entries[0].value() == kAuto) return seasons;
  if (field.present() && field.value().is_array() && (entries.empty() || entries.size() > kMaxSeasons)) {
    field.Problem(
        fmt::format("has {} entries; give [Auto], or one or two durations such as [24h, 168h]", entries.size()));
  }
  for (const Field& entry : entries) {
    if (entry.present() && entry.value() == kAuto) {
      entry.Problem("Auto stands alone; remove it or the durations beside it");
    } else if (entry.Require("remove the empty entry")) {
      if (const auto season = entry.Duration(kSeason)) seasons.push_back(*season);
    }
  }
  std::sort(seasons.begin(), seasons.end());
  if (std::adjacent_find(seasons.begin(), seasons.end()) != seasons.end()) {
    field.Problem("names the same season twice; remove one");
  }
  return seasons;
}

// Whether there is such a zone is known where the database is: see zones/zones.h.
std::optional<std::string> ReadTimeZone(const Field& field) {
  auto name = field.String(kMaxTimeZoneBytes);
  const auto belongs = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '+' || c == '-' || c == '/'; };
  if (name && (name->empty() || !std::all_of(name->begin(), name->end(), belongs))) {
    field.Problem("is no name of a time zone; give one such as UTC or Europe/Berlin");
    return std::nullopt;
  }
  return name;
}

PredictionSpec ReadPrediction(const Field& prediction) {
  PredictionSpec out;
  if (!prediction.IsObject()) return out;
  out.mode = prediction["mode"]
                 .OneOf({PredictionMode::kOff, PredictionMode::kShadow, PredictionMode::kActive})
                 .value_or(out.mode);
  out.quantile = prediction["quantile"].Decimal({0, 1}).value_or(out.quantile);
  if (out.quantile < 0.5 || out.quantile > 0.999) {
    prediction["quantile"].Problem("a floor is planned with a number from 0.5 to 0.999, such as \"0.9\"");
  }
  out.lead_time = prediction["leadTime"].Duration(kLeadTime);
  out.history = prediction["history"].Duration(kHistory).value_or(out.history);
  out.seasons = ReadSeasons(prediction["seasons"]);
  out.time_zone = ReadTimeZone(prediction["timeZone"]).value_or(out.time_zone);
  if (!out.seasons.empty() && out.history < kPeriodsForSeason * out.seasons.back()) {
    prediction["history"].Problem(fmt::format("{} is too short for a season of {}; give at least two periods, {}",
                                              FormatDuration(out.history), FormatDuration(out.seasons.back()),
                                              FormatDuration(kPeriodsForSeason * out.seasons.back())));
  }
  return out;
}

// --- the whole ------------------------------------------------------------------------------------------------------

// The name becomes that of a Deployment, an HPA and a Service, and the value of a label.
void CheckName(const Field& spec, const ObjectMeta& meta) {
  if (meta.name.size() <= kMaxLabelLength && IsDnsLabel(meta.name)) return;
  spec.Problem(
      fmt::format("the service's own name becomes a label and the name of a Service; use at most {} lower-case "
                  "letters, digits and '-'",
                  kMaxLabelLength));
}

}  // namespace

ServiceSpec ReadSpec(const Field& spec, const ObjectMeta& meta) {
  ServiceSpec out;
  if (!spec.Require("describe the service") || !spec.IsObject()) return out;
  CheckName(spec, meta);
  out.workload = ReadWorkload(spec, meta);
  out.replicas = ReadReplicas(spec["replicas"]);
  out.autoscaling = ReadAutoscaling(spec["autoscaling"]);
  if (spec["demand"].IsObject()) out.demand = ReadDemand(spec["demand"], meta);
  if (spec["capacity"].IsObject()) out.capacity = ReadCapacity(spec["capacity"], out.demand);
  if (out.demand && !spec["capacity"].present()) {
    spec["capacity"].Problem("missing; with demand, say how much of it one replica carries");
  }
  out.prediction = ReadPrediction(spec["prediction"]);
  return out;
}

}  // namespace dso::api
