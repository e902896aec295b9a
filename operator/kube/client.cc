#include "kube/client.h"

#include <fmt/format.h>

#include "http/url.h"
#include "kube/api_status.h"
#include "kube/object.h"
#include "kube/request_body.h"

namespace dso::kube {

using namespace nlohmann::literals;

namespace {

// Bounds the memory of one page (a Deployment is some 5 kB of JSON, ten times that as a tree), not the list.
constexpr int kPageSize = 250;
// Of a page. The largest object that there can be is a third of it, see kLongestWatchLine, so that a page of one fits.
constexpr size_t kMaxPageBytes = size_t{48} << 20;
// etcd refuses objects above 1.5 MiB; JSON and managedFields make more of them.
constexpr size_t kLongestWatchLine = size_t{16} << 20;
// A peer that is dead without a word is noticed this much later than the server's own time-out.
constexpr seconds kWatchGrace{5};

Error NotJson(std::string_view what) {
  return Internal(fmt::format("{}: the answer is not the JSON of a Kubernetes API server", what));
}

http::Request JsonRequest(std::string method, std::string target, const Json& body, std::string content_type) {
  http::Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.headers["Content-Type"] = std::move(content_type);
  request.headers["Accept"] = "application/json";
  request.body = ToRequestBody(body);
  return request;
}

using Query = std::vector<std::pair<std::string, std::string>>;

http::Request CollectionRequest(const ResourceType& type, const Selection& selection, Query query) {
  if (!selection.label_selector.empty()) query.emplace_back("labelSelector", selection.label_selector);
  if (!selection.field_selector.empty()) query.emplace_back("fieldSelector", selection.field_selector);
  http::Request request;
  request.target = PathOf(type, {selection.ns, ""}) + "?" + http::EncodeQuery(query);
  request.headers["Accept"] = "application/json";
  return request;
}

std::optional<WatchEvent::Type> EventType(const std::string& text) {
  if (text == "ADDED") return WatchEvent::Type::kAdded;
  if (text == "MODIFIED") return WatchEvent::Type::kModified;
  if (text == "DELETED") return WatchEvent::Type::kDeleted;
  if (text == "BOOKMARK") return WatchEvent::Type::kBookmark;
  return std::nullopt;
}

Result<WatchEvent> ParseEvent(const std::string& line) {
  Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object() || !event.contains("object")) return NotJson("watch");
  const std::string type = StringAt(event, "/type"_json_pointer);
  if (type == "ERROR") return ErrorFromStatus(event["object"], 500);
  const auto known = EventType(type);
  if (!known) return NotJson("watch event \"" + type + "\"");
  return WatchEvent{*known, std::move(event["object"])};
}

// The response if it is a success; else why it is none.
Result<http::Response> Checked(Result<http::Response> response, const std::string& what) {
  if (!response) return std::move(response).error().WithContext(what);
  if (response->status / 100 != 2) return ErrorFromResponse(*response).WithContext(what);
  return response;
}

}  // namespace

WatchStream::WatchStream(std::unique_ptr<http::BodyStream> body) : body_(std::move(body)), lines_(kLongestWatchLine) {}

Task<Result<std::optional<WatchEvent>>> WatchStream::Next() {
  while (true) {
    if (const auto line = lines_.NextLine()) {
      Result<WatchEvent> event = ParseEvent(*line);
      if (!event) co_return std::move(event).error();
      co_return std::optional(*std::move(event));
    }
    Result<std::string> chunk = co_await body_->Read();
    if (!chunk) co_return std::move(chunk).error();
    if (chunk->empty()) co_return std::optional<WatchEvent>();
    if (Status appended = lines_.Append(*chunk); !appended) co_return std::move(appended).error();
  }
}

Task<Result<http::Response>> Client::SendChecked(http::Request request, std::stop_token stop) {
  const std::string what = request.method + " " + request.target.substr(0, request.target.find('?'));
  request.timeout = time_limit_;
  Result<http::Response> response = co_await transport_.Send(std::move(request), stop);
  co_return Checked(std::move(response), what);
}

Task<Result<Json>> Client::SendForJson(http::Request request) {
  Result<http::Response> response = co_await SendChecked(std::move(request));
  if (!response) co_return std::move(response).error();
  Json body = Json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object()) co_return NotJson("request");
  co_return body;
}

Task<Result<Json>> Client::Get(ResourceType type, ObjectKey key, std::string subresource) {
  return GetPath(PathOf(type, key, subresource));
}

Task<Result<Json>> Client::GetPath(std::string path) {
  http::Request request;
  request.target = std::move(path);
  request.headers["Accept"] = "application/json";
  return SendForJson(std::move(request));
}

Task<Result<ListPage>> Client::List(ResourceType type, Selection selection, std::string continue_token,
                                    std::stop_token stop) {
  Result<http::Response> response = InvalidArgument("no page was asked for");
  std::string what;
  // Objects of a megabyte are allowed, and anybody may make some: nobody's shall keep the others from being listed.
  for (int page_size = kPageSize; page_size > 0; page_size /= 2) {
    Query query{{"limit", std::to_string(page_size)}};
    if (!continue_token.empty()) query.emplace_back("continue", continue_token);
    http::Request request = CollectionRequest(type, selection, std::move(query));
    what = request.method + " " + request.target.substr(0, request.target.find('?'));
    request.timeout = time_limit_;
    request.max_body_bytes = kMaxPageBytes;
    response = co_await transport_.Send(std::move(request), stop);
    if (response || response.error().code != ErrorCode::kResourceExhausted) break;
  }
  response = Checked(std::move(response), what);
  if (!response) co_return std::move(response).error();

  Json body = Json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (!body.is_object() || !body.contains("items") || !body["items"].is_array()) {
    co_return NotJson("list " + type.ToString());
  }
  ListPage page;
  page.continue_token = StringAt(body, "/metadata/continue"_json_pointer);
  page.resource_version = StringAt(body, "/metadata/resourceVersion"_json_pointer);
  for (Json& item : body["items"]) page.items.push_back(std::move(item));
  co_return page;
}

Task<Result<std::unique_ptr<WatchStream>>> Client::Watch(ResourceType type, Selection selection,
                                                         std::string resource_version, seconds server_timeout,
                                                         std::stop_token stop) {
  Query query{{"watch", "true"},
              {"allowWatchBookmarks", "true"},
              {"resourceVersion", resource_version},
              {"timeoutSeconds", std::to_string(server_timeout.count())}};
  http::Request request = CollectionRequest(type, selection, std::move(query));
  request.timeout = server_timeout + kWatchGrace;
  Result<http::StreamingResponse> response = co_await transport_.Open(std::move(request), stop);
  if (!response) co_return std::move(response).error().WithContext("watch " + type.ToString());
  if (response->head.status != 200) {
    Result<std::string> body = co_await response->body->Read();
    if (body) response->head.body = *std::move(body);
    co_return ErrorFromResponse(response->head).WithContext("watch " + type.ToString());
  }
  co_return std::make_unique<WatchStream>(std::move(response->body));
}

Task<Result<Applied>> Client::Apply(ResourceType type, Json object, std::string subresource) {
  object["apiVersion"] = type.ApiVersion();
  object["kind"] = type.kind;
  const std::string target = PathOf(type, KeyOf(object), subresource) + "?" +
                             http::EncodeQuery({{"fieldManager", kFieldManager}, {"force", "true"}});
  Result<http::Response> response =
      co_await SendChecked(JsonRequest("PATCH", target, object, "application/apply-patch+yaml"));
  if (!response) co_return std::move(response).error();
  Applied applied{Json::parse(response->body, nullptr, /*allow_exceptions=*/false), response->status == 201};
  if (!applied.object.is_object()) co_return NotJson("apply " + type.ToString());
  co_return applied;
}

Task<Result<Json>> Client::MergePatch(ResourceType type, ObjectKey key, Json patch, std::string subresource) {
  return Patch(type, key, patch, subresource, "application/merge-patch+json");
}

Task<Result<Json>> Client::JsonPatch(ResourceType type, ObjectKey key, Json operations, std::string subresource) {
  return Patch(type, key, operations, subresource, "application/json-patch+json");
}

Task<Result<Json>> Client::Patch(const ResourceType& type, const ObjectKey& key, const Json& patch,
                                 const std::string& subresource, const char* content_type) {
  const std::string target =
      PathOf(type, key, subresource) + "?" + http::EncodeQuery({{"fieldManager", kFieldManager}});
  return SendForJson(JsonRequest("PATCH", target, patch, content_type));
}

Task<Result<Json>> Client::Create(ResourceType type, Json object) {
  object["apiVersion"] = type.ApiVersion();
  object["kind"] = type.kind;
  const std::string target =
      PathOf(type, {KeyOf(object).ns, ""}) + "?" + http::EncodeQuery({{"fieldManager", kFieldManager}});
  return SendForJson(JsonRequest("POST", target, object, "application/json"));
}

Task<Status> Client::Delete(ResourceType type, ObjectKey key, std::string uid, std::string resource_version) {
  const Json options{{"propagationPolicy", "Background"},
                     {"preconditions", {{"uid", uid}, {"resourceVersion", resource_version}}}};
  Result<http::Response> response =
      co_await SendChecked(JsonRequest("DELETE", PathOf(type, key), options, "application/json"));
  if (!response && response.error().code != ErrorCode::kNotFound) co_return std::move(response).error();
  co_return Status();
}

}  // namespace dso::kube
