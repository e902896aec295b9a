#include "api/query_template.h"
#include "api/text_patterns.h"
#include "api/validation_parts.h"

namespace dso::api {
namespace {

constexpr size_t kMaxQueryLength = 4'096;
constexpr size_t kMaxUnitLength = 32;

std::string_view UnitOf(Preset preset) { return preset == Preset::kDeepSeek ? kRequestsPerSecond : kInFlight; }

}  // namespace

std::string ReadQuery(const Field& query, const ObjectMeta& meta) {
  std::string text = query.String(kMaxQueryLength).value_or("");
  const auto expanded = ExpandQuery(text, meta.namespace_name, meta.name);
  if (!expanded) query.Problem(expanded.error().message);
  return text;
}

DemandSpec ReadDemand(const Field& demand, const ObjectMeta& meta) {
  DemandSpec out;
  const Field query = demand["query"];
  const Field unit = demand["unit"];
  out.preset = demand["preset"].OneOf({Preset::kDeepSeek, Preset::kVllm, Preset::kSglang});
  out.query = ReadQuery(query, meta);
  out.unit = unit.String(kMaxUnitLength).value_or("");
  out.prometheus = ReadLabel(demand["prometheus"]).value_or(out.prometheus);
  if (demand["preset"].present() == query.present()) {
    demand.Problem("give exactly one of preset and query");
  } else if (!query.present()) {
    if (unit.present()) unit.Problem("goes with query only; a preset knows its unit, remove it");
    if (out.preset) out.unit = UnitOf(*out.preset);
  } else {
    if (!out.unit.empty() && !IsPrintable(out.unit))
      unit.Problem(unit.Shown() + " is not printable text without blanks around it");
    unit.Require("say what query counts, such as \"requests/s\" or \"in flight\"");
  }
  return out;
}

}  // namespace dso::api
