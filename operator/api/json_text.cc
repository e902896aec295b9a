#include "api/json_text.h"

#include <nlohmann/json.hpp>

namespace dso::api {

using nlohmann::json;

JsonText::JsonText(const json& value) : text_(value.dump(-1, ' ', false, json::error_handler_t::replace)) {}

json JsonText::Parse() const { return text_.empty() ? json() : json::parse(text_); }

}  // namespace dso::api
