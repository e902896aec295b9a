// A typed REST client of one API server: get, list, watch, server-side apply, patch, create, delete.
//
// Loop thread only. Errors carry the API server's own sentence and a canonical code (kube/api_status.h); transport
// errors pass through. Nothing is retried here: the reflector and the work queue know when that is right.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"
#include "http/transport.h"
#include "kube/line_framer.h"
#include "kube/object.h"
#include "kube/resource.h"

namespace dso::kube {

// The name under which all our fields are recorded in metadata.managedFields.
inline constexpr const char* kFieldManager = "deepseek-operator";

// Which objects of a type: all those for which every selector that is not empty holds.
struct Selection {
  std::string ns{};              // "" for all namespaces
  std::string label_selector{};  // "app=chat"
  std::string field_selector{};  // "metadata.name=chat"
};

struct ListPage {
  std::vector<Json> items;
  std::string continue_token;    // empty on the last page
  std::string resource_version;  // where a watch continues
};

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark };
  Type type;
  Json object;
};

// One open watch.
class WatchStream {
 public:
  explicit WatchStream(std::unique_ptr<http::BodyStream> body);
  // The next event; nullopt when the server has ended the stream, which it does every few minutes.
  // kGone: the resourceVersion is too old, list again (it comes as an ERROR event inside a 200 stream).
  Task<Result<std::optional<WatchEvent>>> Next();

 private:
  std::unique_ptr<http::BodyStream> body_;
  LineFramer lines_;
};

// The resourceVersion of an apply that may only create: no object ever has it, since etcd's first revision is 1 and
// each write makes a higher one.
inline constexpr const char* kMustNotExist = "1";

struct Applied {
  Json object;
  bool created = false;
};

class Client {
 public:
  // `transport` authenticates; it outlives the client.
  // `time_limit` is of each request but a watch.
  explicit Client(http::HttpTransport& transport, milliseconds time_limit = http::Request().timeout)
      : transport_(transport), time_limit_(time_limit) {}

  Task<Result<Json>> Get(ResourceType type, ObjectKey key, std::string subresource = "");
  // A path that is no object: "/version", "/apis/apps/v1".
  Task<Result<Json>> GetPath(std::string path);

  // One page, of fewer objects where they are large; `continue_token` empty for the first. kGone: the token has
  // expired, start the list again.
  Task<Result<ListPage>> List(ResourceType type, Selection selection, std::string continue_token, std::stop_token stop);
  Task<Result<std::unique_ptr<WatchStream>>> Watch(ResourceType type, Selection selection, std::string resource_version,
                                                   seconds server_timeout, std::stop_token stop);

  // Server-side apply as kFieldManager with force. `object` holds only the fields that we own. Its
  // metadata.resourceVersion is a precondition (kConflict): the version it was decided on, or kMustNotExist.
  Task<Result<Applied>> Apply(ResourceType type, Json object, std::string subresource = "");
  // RFC 7386 merge patch. A metadata.resourceVersion in it is a precondition (kConflict).
  Task<Result<Json>> MergePatch(ResourceType type, ObjectKey key, Json patch, std::string subresource = "");
  // RFC 6902. kInvalidArgument if a "test" in it fails.
  Task<Result<Json>> JsonPatch(ResourceType type, ObjectKey key, Json operations, std::string subresource = "");
  Task<Result<Json>> Create(ResourceType type, Json object);
  // Background propagation; succeeds if the object is gone already. Only the object with this UID is deleted, and only
  // as it was in this version (kConflict).
  Task<Status> Delete(ResourceType type, ObjectKey key, std::string uid, std::string resource_version);

 private:
  Task<Result<http::Response>> SendChecked(http::Request request, std::stop_token stop = {});
  Task<Result<Json>> SendForJson(http::Request request);
  Task<Result<Json>> Patch(const ResourceType& type, const ObjectKey& key, const Json& patch,
                           const std::string& subresource, const char* content_type);

  http::HttpTransport& transport_;
  const milliseconds time_limit_;
};

}  // namespace dso::kube
