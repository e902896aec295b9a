#include "cli/explain_text.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cli/proto_text.h"
#include "cli/text_table.h"
#include "decide/floor_reason.h"

namespace dso::cli {
namespace {

using deepseek::forecast::v1::Condition;
using deepseek::forecast::v1::Decision;
using deepseek::forecast::v1::Demand;
using deepseek::forecast::v1::ExplainResponse;
using deepseek::forecast::v1::External;
using deepseek::forecast::v1::FloorChange;
using deepseek::forecast::v1::Forecast;

constexpr std::string_view kNothing = "–";
constexpr int kFactIndent = 14;

std::string Sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

std::string WithUnit(double value, const std::string& unit) {
  return unit.empty() ? QuantityText(value) : fmt::format("{} {}", QuantityText(value), Printable(unit));
}

std::string Replicas(int count) { return fmt::format("{} {}", count, count == 1 ? "replica" : "replicas"); }

std::string Section(const View& view, std::string_view heading, const std::string& body) {
  return body.empty() ? "" : "\n" + Paint(view, Style::kBold, heading) + "\n" + body;
}

// "Capacity    7.5 requests/s a replica …", broken at the view's width.
std::string Fact(const View& view, std::string_view name, const std::string& text) {
  if (text.empty()) return "";
  return fmt::format("  {:{}}{}\n", name, kFactIndent - 2, Hang(text, view.columns, kFactIndent));
}

// "pods are unready … (Pods)": what one of the operator's words means, or the word alone if it is a newer one.
template <typename Texts>
std::string Meaning(const Texts& texts, const std::string& word) {
  for (const auto& text : texts) {
    if (text.name == word) return fmt::format("{} ({})", text.when, word);
  }
  return Printable(word);
}

std::string FloorText(const ExplainResponse& response, const View& view) {
  if (!response.has_decision()) return "no decision has been made yet";
  const Decision& decision = response.decision();
  std::string text = Replicas(decision.floor());
  if (decision.has_since()) {
    const WallTime since = TimeOf(decision.since());
    text += fmt::format(" since {} ({})", TimeText(view, since), AgeText(view, since));
  }
  if (!decision.reason().empty()) text += ": " + Meaning(decide::kFloorReasons, decision.reason());
  return text;
}

std::string HoldText(const Decision& decision) {
  return decision.hold().empty() ? "" : "it may not fall now: " + Meaning(decide::kHolds, decision.hold());
}

std::string AutoscalerText(const ExplainResponse& response) {
  std::string text = fmt::format("mode {}", Printable(response.mode()));
  if (response.has_decision() && response.decision().hpa_min_replicas() > 0) {
    text += fmt::format(": the HPA is given minReplicas {}", response.decision().hpa_min_replicas());
    if (response.has_standing() && response.standing() != response.decision().hpa_min_replicas()) {
      text += fmt::format(", it had {}", response.standing());
    }
  } else if (response.has_standing()) {
    text += fmt::format(": the HPA has minReplicas {}", response.standing());
  }
  return text;
}

std::string LookedText(const ExplainResponse& response, const View& view) {
  if (!response.has_looked_at()) return "";
  const WallTime at = TimeOf(response.looked_at());
  return fmt::format("{} ({}){}", TimeText(view, at), AgeText(view, at),
                     response.leads() ? "" : "; told by an operator that does not lead, from the status");
}

std::string DemandText(const Demand& demand, const View& view) {
  std::string text = demand.has_value()
                         ? (demand.at_least() ? "at least " : "") + WithUnit(demand.value(), demand.unit())
                         : "not known";
  if (!demand.state().empty() && demand.state() != "Known") text += fmt::format(" ({})", Printable(demand.state()));
  if (demand.has_at()) text += ", " + AgeText(view, TimeOf(demand.at()));
  if (!demand.source().empty()) text += ", by " + Printable(demand.source());
  if (demand.has_value() && demand.reactive() > demand.value()) {
    text += fmt::format("; {} is planned for", WithUnit(demand.reactive(), demand.unit()));
  }
  return text;
}

std::string ForecastInput(const Forecast& forecast, const std::string& unit, const View& view) {
  if (!forecast.has_quantile() && !forecast.has_expected()) {
    return forecast.state().empty() ? "none" : "none: " + Printable(forecast.state());
  }
  std::string text = forecast.has_quantile() ? fmt::format("{} {}", QuantileText(forecast.quantile_level()),
                                                           WithUnit(forecast.quantile(), unit))
                                             : fmt::format("{} expected", WithUnit(forecast.expected(), unit));
  if (forecast.has_peak_at()) text += " at " + TimeText(view, TimeOf(forecast.peak_at()));
  if (forecast.has_quantile() && forecast.has_expected()) text += ", expected " + QuantityText(forecast.expected());
  if (forecast.state() != "Ready" && !forecast.state().empty())
    text += fmt::format(" ({})", Printable(forecast.state()));
  return text;
}

std::string EventInput(const ExplainResponse& response) {
  const auto& events = response.events();
  std::string text;
  if (events.min_replicas() > 0) {
    text = fmt::format("at least {}", events.min_replicas());
    if (!events.raised_by().empty()) text += fmt::format(" by \"{}\"", Printable(events.raised_by()));
  }
  if (!events.multiplied_by().empty()) {
    text += fmt::format("{}\"{}\" multiplies the forecast by {}", text.empty() ? "" : ", ",
                        Printable(events.multiplied_by()), QuantityText(events.multiplier()));
  }
  return text.empty() ? "none until the end of the lead" : text;
}

// The cause that the floor follows is marked; of a floor that follows none of them now, the cause that asks for the
// most.
std::string AskingTable(const ExplainResponse& response, const View& view) {
  constexpr std::array<std::string_view, 5> kReasons = {"Forecast", "Demand", "Event", "Override", "Minimum"};
  const Decision& decision = response.decision();
  const bool follows_one = std::find(kReasons.begin(), kReasons.end(), decision.reason()) != kReasons.end();
  TextTable table({{"  WHAT"}, {"REPLICAS", TextTable::Align::kRight}, {""}, {"FROM"}});
  const auto add = [&](std::string_view what, std::string_view reason, bool asks, int replicas, std::string from) {
    const bool sets = asks && (follows_one ? decision.reason() == reason : replicas == decision.wanted());
    const Style style = sets ? Style::kBold : Style::kPlain;
    table.Add({{fmt::format("  {}", what), style},
               {asks ? fmt::format("{}", replicas) : std::string(kNothing), style},
               {sets ? "◀" : "", Style::kGreen},
               {std::move(from), style}});
  };
  add("forecast", "Forecast", decision.has_predicted(), decision.predicted(),
      ForecastInput(response.forecast(), response.demand().unit(), view));
  add("demand now", "Demand", decision.has_reactive(), decision.reactive(), DemandText(response.demand(), view));
  add("events", "Event", decision.has_event(), decision.event(), EventInput(response));
  add("override", "Override", decision.has_override(), decision.override(),
      decision.has_override() ? "spec.override" : "none");
  add("minimum", "Minimum", response.has_bounds(), response.bounds().min(), "replicas.min");
  return table.Text(view);
}

std::string BoundsText(const ExplainResponse& response) {
  const auto& bounds = response.bounds();
  if (bounds.max() == 0 && bounds.min() == 0) return "";
  std::string text = fmt::format("{} to {} replicas", bounds.min(), bounds.max());
  if (bounds.max_from() == "Backends") text += "; more would not find connections to a database";
  if (bounds.max_from() == "AdoptedAutoscaler") text += "; the maximum is that of the adopted autoscaler";
  return text;
}

std::string CapacityText(const ExplainResponse& response) {
  const auto& capacity = response.capacity();
  if (!capacity.has_per_replica()) return "of a replica is not known yet";
  const std::string& unit = response.demand().unit();
  std::string text = fmt::format("{} a replica", WithUnit(capacity.per_replica(), unit));
  if (capacity.has_at_quantile())
    text += fmt::format(", {} when demand is at its quantile", QuantityText(capacity.at_quantile()));
  if (!capacity.source().empty()) text += fmt::format(" ({})", Printable(capacity.source()));
  if (response.has_decision()) {
    text += fmt::format("; the floor carries {}", QuantityText(response.decision().floor() * capacity.per_replica()));
  }
  return text;
}

std::string LeadText(const ExplainResponse& response) {
  if (!response.has_lead()) return "";
  const auto& lead = response.lead();
  std::string text = FormatDuration(DurationOf(lead.value()));
  if (!lead.source().empty()) text += fmt::format(" ({})", Printable(lead.source()));
  if (!lead.made_of().empty()) text += fmt::format(": {}", Printable(lead.made_of()));
  return text;
}

std::string ModelText(const Forecast& forecast) {
  std::string text = Printable(forecast.model());
  if (text.empty() && !forecast.state().empty()) text = fmt::format("none yet ({})", Printable(forecast.state()));
  if (forecast.has_history()) {
    text += fmt::format("{}{} of history", text.empty() ? "" : ", ", FormatDuration(DurationOf(forecast.history())));
  }
  if (const std::string accuracy = AccuracyText(forecast.accuracy()); !accuracy.empty()) {
    text += fmt::format("{}{}", text.empty() ? "" : "; ", accuracy);
  }
  return text;
}

std::string ExternalText(const Forecast& forecast, const std::string& unit) {
  if (!forecast.has_external()) return "";
  const External& external = forecast.external();
  std::string text =
      fmt::format("{} is {}", Printable(external.forecaster()), external.heeded() ? "heeded" : "not heeded");
  if (!external.reason().empty()) text += fmt::format(": {}", Printable(external.reason()));
  if (external.has_quantile()) text += fmt::format("; it says {}", WithUnit(external.quantile(), unit));
  if (external.has_error_ratio()) text += fmt::format(", error {} (WAPE)", PercentText(external.error_ratio()));
  return text;
}

std::string PodsText(const ExplainResponse& response) {
  const auto& pods = response.pods();
  std::string text = fmt::format("{}, {} ready", Replicas(pods.replicas()), pods.ready());
  if (pods.on_their_way() > 0) text += fmt::format(", {} on their way", pods.on_their_way());
  return text;
}

std::string Conditions(const ExplainResponse& response, const View& view) {
  std::string text;
  for (const Condition& condition : response.conditions()) {
    if (condition.status() == "True") continue;
    const Style style = condition.status() == "False" ? Style::kRed : Style::kYellow;
    text += "  " + Paint(view, style, fmt::format("{}={}", Printable(condition.type()), Printable(condition.status())));
    text += fmt::format("  {}", Printable(condition.reason()));
    if (condition.has_last_transition_at()) text += ", " + AgeText(view, TimeOf(condition.last_transition_at()));
    text += "\n";
    if (!condition.message().empty()) text += "    " + Hang(Printable(condition.message()), view.columns, 4) + "\n";
  }
  return text;
}

std::string Changes(const ExplainResponse& response, const View& view) {
  std::string text;
  for (const FloorChange& change : response.recent_changes()) {
    const WallTime at = TimeOf(change.at());
    const Style style = change.to() > change.from() ? Style::kYellow : Style::kGreen;
    text += fmt::format("  {}  {}  {}, {}\n", TimeText(view, at),
                        Paint(view, style, fmt::format("{} → {}", change.from(), change.to())),
                        Printable(change.reason()), AgeText(view, at));
    if (!change.explanation().empty()) text += "    " + Hang(Printable(change.explanation()), view.columns, 4) + "\n";
  }
  return text;
}

}  // namespace

std::string ExplainPage(const ExplainResponse& response, const View& view) {
  const Decision& decision = response.decision();
  std::string text =
      Paint(view, Style::kBold, fmt::format("{}/{}", Printable(response.namespace_()), Printable(response.service()))) +
      "\n";
  if (!decision.explanation().empty())
    text += Hang(Sentence(Printable(decision.explanation())), view.columns, 0) + "\n";
  text += "\n" + Fact(view, "Floor", FloorText(response, view));
  text += Fact(view, "Held", HoldText(decision)) + Fact(view, "Autoscaler", AutoscalerText(response)) +
          Fact(view, "As of", LookedText(response, view));
  if (response.has_decision()) text += Section(view, "What asks for replicas", AskingTable(response, view));
  const std::string& unit = response.demand().unit();
  text += Section(view, "What it was made from",
                  Fact(view, "Bounds", BoundsText(response)) + Fact(view, "Capacity", CapacityText(response)) +
                      Fact(view, "Lead", LeadText(response)) + Fact(view, "Model", ModelText(response.forecast())) +
                      Fact(view, "External", ExternalText(response.forecast(), unit)) +
                      Fact(view, "Pods", PodsText(response)));
  const std::string unwell = Conditions(response, view);
  text += Section(view, "Conditions that are not well", unwell);
  if (unwell.empty() && response.conditions_size() > 0) {
    text += fmt::format("\nAll {} conditions are well.\n", response.conditions_size());
  }
  return text + Section(view, "Recent changes", Changes(response, view));
}

}  // namespace dso::cli
