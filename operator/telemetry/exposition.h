// Prometheus' text exposition format, version 0.0.4. Not thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace dso::telemetry {

enum class SeriesType { kCounter, kGauge, kUntyped };

struct Label {
  std::string_view name;
  std::string_view value;  // any bytes
};

class ExpositionWriter {
 public:
  // Appends to `text`, which outlives it.
  explicit ExpositionWriter(std::string& text) : text_(text) {}

  // What follows is of this family. It is written with its first sample: a family without one leaves no trace.
  void Family(std::string_view name, SeriesType type, std::string_view help);
  void Sample(std::initializer_list<Label> labels, double value);

 private:
  std::string& text_;
  std::string_view name_;
  std::string_view help_;
  SeriesType type_ = SeriesType::kGauge;
  bool begun_ = false;
};

}  // namespace dso::telemetry
