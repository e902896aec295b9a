#include "cli/operator_pods.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace dso::cli {
namespace {

using Json = nlohmann::json;

constexpr int kHighestPort = 65535;

Error NoPod(ErrorCode code, std::string message) {
  return {.code = code, .message = std::move(message), .retry_after = {}};
}

std::string TextAt(const Json& object, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!object.contains(path) || !object.at(path).is_string()) return "";
  return object.at(path).get<std::string>();
}

const Json& ArrayAt(const Json& object, const char* pointer) {
  static const Json kNone = Json::array();
  const Json::json_pointer path(pointer);
  if (!object.is_object() || !object.contains(path) || !object.at(path).is_array()) return kNone;
  return object.at(path);
}

bool IsReady(const Json& pod) {
  if (!TextAt(pod, "/metadata/deletionTimestamp").empty()) return false;
  for (const Json& condition : ArrayAt(pod, "/status/conditions")) {
    if (TextAt(condition, "/type") == "Ready") return TextAt(condition, "/status") == "True";
  }
  return false;
}

std::optional<int> PortOf(const Json& pod, const std::string& name) {
  for (const Json& container : ArrayAt(pod, "/spec/containers")) {
    for (const Json& port : ArrayAt(container, "/ports")) {
      if (TextAt(port, "/name") != name) continue;
      const auto number = port.find("containerPort");
      if (number != port.end() && number->is_number_integer()) return number->get<int>();
    }
  }
  return std::nullopt;
}

}  // namespace

Result<OperatorPod> ChooseOperatorPod(std::string_view pods_json, const std::string& port, const std::string& ns) {
  const Json list = Json::parse(pods_json, nullptr, false);
  if (list.is_discarded()) return Internal("kubectl get pods: the answer is no JSON");
  int number = 0;
  const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool is_number =
      code == std::errc() && end == port.data() + port.size() && number > 0 && number <= kHighestPort;

  const Json& pods = ArrayAt(list, "/items");
  bool any_ready = false;
  for (const Json& pod : pods) {
    if (!IsReady(pod)) continue;
    any_ready = true;
    const std::optional<int> found = is_number ? number : PortOf(pod, port);
    if (found) return OperatorPod{.name = TextAt(pod, "/metadata/name"), .port = *found};
  }
  if (any_ready) {
    return NoPod(ErrorCode::kNotFound,
                 fmt::format("no pod of the operator in {} has a port named \"{}\": turn its gRPC service on, or name "
                             "the port with --operator-port",
                             ns, port));
  }
  if (!pods.empty()) {
    return NoPod(ErrorCode::kUnavailable,
                 fmt::format("no pod of the operator in {} is ready: kubectl get pods -n {}", ns, ns));
  }
  return NoPod(ErrorCode::kNotFound,
               fmt::format("there is no pod of the operator in the namespace {}: give --operator-namespace, or "
                           "--address HOST:PORT",
                           ns));
}

}  // namespace dso::cli
