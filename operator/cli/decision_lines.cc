#include "cli/decision_lines.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include "cli/proto_text.h"

namespace dso::cli {

using deepseek::forecast::v1::DecisionEvent;

std::string DecisionLines::Next(const DecisionEvent& event, const View& view) {
  const std::string name = fmt::format("{}/{}", Printable(event.namespace_()), Printable(event.service()));
  const auto told = floors_.find(name);
  std::string change;
  Style style = Style::kPlain;
  if (event.kind() == DecisionEvent::KIND_GONE) {
    change = "gone";
    style = Style::kRed;
    floors_.erase(name);
  } else {
    // While the stream was away the floor may have moved: then what was told last is where it came from.
    const bool is_current = event.kind() == DecisionEvent::KIND_CURRENT;
    if (is_current && told != floors_.end() && told->second == event.to()) return "";
    const int from = !is_current ? event.from() : told != floors_.end() ? told->second : 0;
    change = from > 0 ? fmt::format("{} → {}", from, event.to()) : fmt::format("{}", event.to());
    if (from > 0) style = event.to() > from ? Style::kYellow : Style::kGreen;
    floors_[name] = event.to();
  }
  std::string line = fmt::format("{}  {}  {}", Paint(view, Style::kDim, TimeText(view, TimeOf(event.at()))),
                                 Paint(view, Style::kBold, name), Paint(view, style, fmt::format("{:<7}", change)));
  if (!event.reason().empty()) line += fmt::format("  {}", Printable(event.reason()));
  if (event.missed() > 0) {
    line += fmt::format("  ({} {} before it not told: read too slowly)", event.missed(),
                        event.missed() == 1 ? "change" : "changes");
  }
  if (!event.explanation().empty()) {
    const std::string explanation = Printable(event.explanation());
    const int room = view.columns - DisplayWidth(line) - 2;
    constexpr int kLeastRoom = 12;
    if (whole_) {
      line += "  " + explanation;
    } else if (room >= kLeastRoom) {
      line += "  " + Cut(explanation, room);
    }
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

}  // namespace dso::cli
