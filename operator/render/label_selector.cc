#include "render/label_selector.h"

#include <algorithm>
#include <string>

namespace dso::render {
namespace {

using Json = nlohmann::json;

const Json* Member(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool Holds(const Json& expression, const Json& labels) {
  const Json* key = Member(expression, "key");
  const Json* op = Member(expression, "operator");
  if (key == nullptr || op == nullptr || !key->is_string() || !op->is_string()) return false;
  const Json* values = Member(expression, "values");
  const auto label = labels.find(key->get_ref<const std::string&>());
  const bool exists = label != labels.end();
  const bool among = exists && values != nullptr && std::find(values->begin(), values->end(), *label) != values->end();
  const std::string& name = op->get_ref<const std::string&>();
  if (name == "In") return among;
  if (name == "NotIn") return !among;  // a label that is not there is not in the list
  if (name == "Exists") return exists;
  if (name == "DoesNotExist") return !exists;
  return false;
}

}  // namespace

bool SelectsLabels(const Json& selector, const Json& labels) {
  if (!selector.is_object()) return false;
  if (const Json* wanted = Member(selector, "matchLabels"); wanted != nullptr && wanted->is_object()) {
    for (const auto& [key, value] : wanted->items()) {
      const auto label = labels.find(key);
      if (label == labels.end() || *label != value) return false;
    }
  }
  const Json* expressions = Member(selector, "matchExpressions");
  if (expressions == nullptr || !expressions->is_array()) return true;
  return std::all_of(expressions->begin(), expressions->end(),
                     [&labels](const Json& expression) { return expression.is_object() && Holds(expression, labels); });
}

}  // namespace dso::render
