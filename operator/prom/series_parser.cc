#include "prom/series_parser.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace dso::prom {
namespace {

using Json = nlohmann::json;

// Where the parser is within the element.
enum class Place {
  kOutside,    // before and after the root object
  kElement,    // {"metric": …, "value": …}
  kLabels,     // {"service":"chat"}
  kPointList,  // [[time, value], …]
  kPoint,      // [time, value]
  kSkipped,    // the value of a key that we do not know
};

class SeriesHandler final : public nlohmann::json_sax<Json> {
 public:
  explicit SeriesHandler(ElementKind expected) : expected_(expected) {}

  Series TakeSeries() { return std::move(series_); }
  bool HasPoints() const { return has_points_; }
  bool IsOtherType() const { return other_type_; }

  bool start_object(size_t) override {
    switch (place_) {
      case Place::kOutside: return Enter(Place::kElement);
      case Place::kElement: return key_ == "metric" ? Enter(Place::kLabels) : Skip();
      case Place::kSkipped: return Skip();
      default: return false;
    }
  }
  bool end_object() override { return Leave(); }

  bool start_array(size_t) override {
    switch (place_) {
      case Place::kElement: return StartPoints();
      case Place::kPointList: return EnterPoint();
      case Place::kSkipped: return Skip();
      default: return false;
    }
  }
  bool end_array() override {
    if (place_ == Place::kPoint && !EndPoint()) return false;
    return Leave();
  }

  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool string(string_t& text) override {
    if (place_ == Place::kLabels) return series_.labels.emplace(std::move(key_), std::move(text)).second;
    if (place_ != Place::kPoint || position_ != 1) return Ignored();
    const std::optional<double> value = ParseSampleValue(text);
    if (!value) return false;
    point_.value = *value;
    ++position_;
    return true;
  }
  bool number_float(number_float_t number, const string_t&) override { return Number(number); }
  bool number_integer(number_integer_t number) override { return Number(static_cast<double>(number)); }
  bool number_unsigned(number_unsigned_t number) override { return Number(static_cast<double>(number)); }
  bool boolean(bool) override { return Ignored(); }
  bool null() override { return Ignored(); }
  bool binary(binary_t&) override { return false; }
  bool parse_error(size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  bool Enter(Place place) {
    enclosing_.push_back(place_);
    place_ = place;
    return true;
  }
  bool Leave() {
    place_ = enclosing_.back();
    enclosing_.pop_back();
    return true;
  }
  bool Skip() { return Enter(Place::kSkipped); }
  // A value that nobody asked for may stand beside what we know, never inside it.
  bool Ignored() const { return place_ == Place::kElement || place_ == Place::kSkipped; }

  bool StartPoints() {
    const bool single = key_ == "value";
    if (!single && key_ != "values") {
      if (key_ == "histogram" || key_ == "histograms") return RefuseType();
      return Skip();
    }
    if (has_points_) return false;
    if (single != (expected_ == ElementKind::kVector)) return RefuseType();
    has_points_ = true;
    return single ? EnterPoint() : Enter(Place::kPointList);
  }
  bool RefuseType() {
    other_type_ = true;
    return false;
  }
  bool EnterPoint() {
    position_ = 0;
    return Enter(Place::kPoint);
  }
  bool EndPoint() {
    if (position_ != 2) return false;
    if (!series_.points.empty() && point_.at <= series_.points.back().at) return false;
    series_.points.push_back(point_);
    return true;
  }
  bool Number(double number) {
    if (place_ != Place::kPoint) return Ignored();
    if (position_ != 0) return false;
    const std::optional<WallTime> time = ParseSampleTime(number);
    if (!time) return false;
    point_.at = *time;
    ++position_;
    return true;
  }

  const ElementKind expected_;
  Place place_ = Place::kOutside;
  std::vector<Place> enclosing_;
  std::string key_;
  Series series_;
  Point point_;
  int position_ = 0;  // within a point: 0 the time, 1 the value
  bool has_points_ = false;
  bool other_type_ = false;
};

}  // namespace

Answer<Series> ParseSeries(std::string_view element, ElementKind expected) {
  SeriesHandler handler(expected);
  const bool parsed = Json::sax_parse(element, &handler);
  if (handler.IsOtherType()) {
    return MakeFailure(
        Reason::kWrongType,
        expected == ElementKind::kVector
            ? "the query returns a range vector or histograms where one number a series is meant: apply "
              "a function such as rate() or sum() to it."
            : "the answer holds histograms or an instant vector where a range of numbers is meant: apply "
              "a function such as histogram_quantile() or sum() to the query.");
  }
  if (!parsed || !handler.HasPoints()) {
    return MakeFailure(Reason::kNotPrometheus, "a series in the answer does not have the shape of Prometheus' API.");
  }
  return handler.TakeSeries();
}

std::optional<double> ParseSampleValue(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);  // from_chars knows "inf", not "+inf"
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<WallTime> ParseSampleTime(double seconds_since_epoch) {
  constexpr double kYear10000 = 253402300800.0;
  if (!(std::abs(seconds_since_epoch) < kYear10000)) return std::nullopt;
  return WallTime(milliseconds(std::llround(seconds_since_epoch * 1000.0)));
}

}  // namespace dso::prom
