#include "telemetry/exposition.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace dso::telemetry {
namespace {

std::string_view ToString(SeriesType type) {
  switch (type) {
    case SeriesType::kCounter: return "counter";
    case SeriesType::kGauge: return "gauge";
    case SeriesType::kUntyped: break;
  }
  return "untyped";
}

void AppendEscaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') text += '\\';
    text += c;
  }
}

void AppendNumber(std::string& text, double value) {
  if (std::isnan(value)) {
    text += "NaN";
  } else if (std::isinf(value)) {
    text += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(text), "{}", value);
  }
}

}  // namespace

void ExpositionWriter::Family(std::string_view name, SeriesType type, std::string_view help) {
  name_ = name;
  type_ = type;
  help_ = help;
  begun_ = false;
}

void ExpositionWriter::Sample(std::initializer_list<Label> labels, double value) {
  if (!begun_)
    fmt::format_to(std::back_inserter(text_), "# HELP {0} {1}\n# TYPE {0} {2}\n", name_, help_, ToString(type_));
  begun_ = true;
  text_ += name_;
  char separator = '{';
  for (const Label& label : labels) {
    text_ += separator;
    text_ += label.name;
    text_ += "=\"";
    AppendEscaped(text_, label.value);
    text_ += '"';
    separator = ',';
  }
  if (labels.size() > 0) text_ += '}';
  text_ += ' ';
  AppendNumber(text_, value);
  text_ += '\n';
}

}  // namespace dso::telemetry
