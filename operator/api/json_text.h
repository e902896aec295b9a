// JSON that a service carries for Kubernetes and the operator only hands through, such as spec.template.
//
// Kept as compact text: a parsed tree costs about eight times its text, and every service keeps its template for as
// long as it lives, while the template is read only when a Deployment is rendered. Keys are sorted, so equal JSON is
// equal text.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace dso::api {

class JsonText {
 public:
  JsonText() = default;  // absent
  // Bytes that are not UTF-8 become U+FFFD. Recurses as deep as `value` nests.
  explicit JsonText(const nlohmann::json& value);

  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }
  // null if absent.
  nlohmann::json Parse() const;

  friend bool operator==(const JsonText&, const JsonText&) = default;

 private:
  std::string text_;
};

}  // namespace dso::api
