// As much of an API server as the controller needs: objects by path, lists, watches that tell of every write.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/object.h"
#include "tests/support/fake_transport.h"

namespace dso::controller::test {

class TinyApiServer {
 public:
  explicit TinyApiServer(Loop& loop)
      : transport(loop, [this](const http::Request& request) { return Answer(request); }) {}

  // What somebody else writes.
  void Put(const std::string& path, kube::Json object) {
    const bool is_new = !objects.contains(path);
    kube::Json& stored = objects[path];
    stored = std::move(object);
    kube::Json& metadata = stored["metadata"];
    if (!metadata.contains("uid")) metadata["uid"] = "u-" + std::to_string(version_ + 1);
    metadata["resourceVersion"] = std::to_string(++version_);
    Tell(path, is_new ? "ADDED" : "MODIFIED", stored);
  }
  void Remove(const std::string& path) {
    Tell(path, "DELETED", objects.at(path));
    objects.erase(path);
  }

  std::map<std::string, kube::Json> objects;
  std::vector<std::string> writes;  // "PATCH <path>"
  // Answers in its place, for requests for which it returns something.
  std::function<std::optional<http::FakeReply>(const http::Request&)> fault;
  http::FakeTransport transport;

 private:
  static std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
  // Of all namespaces: where the controller watches.
  static std::string CollectionOf(std::string path) {
    path = ParentOf(path);
    const size_t from = path.find("/namespaces/");
    if (from != std::string::npos) path.erase(from, path.find('/', from + 12) - from);
    return path;
  }
  void Tell(const std::string& path, const std::string& type, const kube::Json& object) {
    if (const auto watch = watches_.find(CollectionOf(path)); watch != watches_.end()) {
      watch->second->Push(kube::Json{{"type", type}, {"object", object}}.dump() + "\n");
    }
  }
  Result<http::FakeReply> Answer(const http::Request& request) {
    const size_t end_of_path = request.target.find('?');
    const std::string path = request.target.substr(0, end_of_path);
    if (fault) {
      if (auto reply = fault(request)) {
        if (request.method != "GET") writes.push_back(request.method + " " + path);
        return *std::move(reply);
      }
    }
    if (request.target.find("watch=true") != std::string::npos) {
      http::FakeReply reply = http::Respond(200, "");
      reply.live_body = watches_[path] = std::make_shared<http::LiveBody>();
      return reply;
    }
    if (request.target.find("limit=") != std::string::npos) return List(path);
    if (request.method == "GET") {
      const auto found = objects.find(path);
      return found == objects.end() ? NotFound() : http::Respond(200, found->second.dump());
    }
    writes.push_back(request.method + " " + path);
    if (request.method == "POST") return http::Respond(201, "{}");
    if (request.method == "PATCH") return Patch(path, kube::Json::parse(request.body));
    if (!objects.contains(path)) return NotFound();
    Remove(path);
    return http::Respond(200, "{}");
  }
  static http::FakeReply NotFound() {
    return http::Respond(404, R"({"code": 404, "reason": "NotFound", "message": "not found"})");
  }
  http::FakeReply List(const std::string& collection) const {
    kube::Json list{{"metadata", {{"resourceVersion", std::to_string(version_)}}}, {"items", kube::Json::array()}};
    for (const auto& [path, object] : objects) {
      if (CollectionOf(path) == collection || ParentOf(path) == collection) list["items"].push_back(object);
    }
    return http::Respond(200, list.dump());
  }
  http::FakeReply Patch(std::string path, kube::Json patch) {
    for (const std::string subresource : {"/status", "/scale"}) {
      if (path.ends_with(subresource)) path.erase(path.size() - subresource.size());
    }
    const auto found = objects.find(path);
    kube::Json object = found == objects.end() ? kube::Json::object() : found->second;
    const bool created = found == objects.end();
    object.merge_patch(patch);
    Put(path, std::move(object));
    return http::Respond(created ? 201 : 200, objects.at(path).dump());
  }

  std::map<std::string, std::shared_ptr<http::LiveBody>> watches_;
  int version_ = 100;
};

}  // namespace dso::controller::test
