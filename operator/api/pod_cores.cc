#include "api/pod_cores.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "api/json_member.h"
#include "base/decimal.h"

namespace dso::api {

using nlohmann::json;

namespace {

// resource.Quantity as CPUs are written: "500m", "8", "2.5", or a number of YAML. Larger suffixes than none make no
// sense for cores, and are not taken.
std::optional<double> ParseCpu(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  std::string_view text = value.get_ref<const std::string&>();
  double unit = 1;
  if (text.ends_with('m')) {
    text.remove_suffix(1);
    unit = 1e-3;
  }
  const auto number = ParseDecimal(text);
  return number ? std::optional(*number * unit) : std::nullopt;
}

Error NoCores(const json& container, std::string_view what) {
  const json* name = Member(&container, "name");
  const bool named = name != nullptr && name->is_string();
  return {ErrorCode::kNotFound, fmt::format("container \"{}\" has {}", named ? name->get<std::string>() : "", what)};
}

Result<PodCores> CoresOfContainer(const json& container) {
  const json* resources = Member(&container, "resources");
  for (const auto from : {PodCores::From::kLimits, PodCores::From::kRequests}) {
    const bool limits = from == PodCores::From::kLimits;
    const json* cpu = Member(Member(resources, limits ? "limits" : "requests"), "cpu");
    if (cpu == nullptr || cpu->is_null()) continue;
    const auto cores = ParseCpu(*cpu);
    if (cores && *cores > 0) return PodCores{*cores, from};
    return NoCores(container, fmt::format("a CPU {} that is no quantity above 0 (such as \"500m\" or \"8\")",
                                          limits ? "limit" : "request"));
  }
  return NoCores(container, "neither a CPU limit nor a CPU request");
}

}  // namespace

std::string_view ToString(PodCores::From from) { return from == PodCores::From::kLimits ? "Limits" : "Requests"; }

Result<PodCores> CoresOf(const json& pod_template) {
  const json* containers = Member(Member(&pod_template, "spec"), "containers");
  if (containers == nullptr || !containers->is_array() || containers->empty()) {
    return Error{ErrorCode::kNotFound, "there is no pod template with containers"};
  }
  PodCores sum;
  for (const json& container : *containers) {
    const auto cores = CoresOfContainer(container);
    if (!cores) return cores.error();
    sum.cores += cores->cores;
    if (cores->from == PodCores::From::kRequests) sum.from = cores->from;
  }
  return sum;
}

}  // namespace dso::api
