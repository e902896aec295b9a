// An API server for the tests of operator/controller.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/object.h"
#include "tests/support/fake_transport.h"

namespace dso::controller::test {

using namespace nlohmann::literals;

// As much of an API server as the controller needs: objects by path, lists, watches that tell of every write,
// preconditions, finalizers. A path without an object may hold a list of resources, for discovery.
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
    ++version_;
    Tell(path, "DELETED", objects.at(path));
    objects.erase(path);
  }

  std::map<std::string, kube::Json> objects;
  std::vector<std::string> writes;                  // "PATCH <path>"
  std::map<std::string, http::FakeReply> refusals;  // by "PATCH <path>", "GET <path>"
  // Answers in its place, for requests for which it returns something.
  std::function<std::optional<http::FakeReply>(const http::Request&)> fault;
  http::FakeTransport transport;

 private:
  static std::string ParentOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
  // Of all namespaces.
  static std::string CollectionOf(std::string path) {
    path = ParentOf(path);
    const size_t from = path.find("/namespaces/");
    if (from != std::string::npos) path.erase(from, path.find('/', from + 12) - from);
    return path;
  }
  void Tell(const std::string& path, const std::string& type, const kube::Json& object) {
    const std::string line = kube::Json{{"type", type}, {"object", object}}.dump() + "\n";
    for (const std::string& collection : {CollectionOf(path), ParentOf(path)}) {
      told_.push_back({version_, collection, line});
      const auto [first, last] = watches_.equal_range(collection);
      for (auto watch = first; watch != last; ++watch) watch->second->Push(line);
    }
  }
  // Begins with what has happened since the version that the watcher knows.
  std::shared_ptr<http::LiveBody> Watch(const std::string& collection, const std::string& target) {
    const std::string field = "resourceVersion=";
    const int known = std::stoi(target.substr(target.find(field) + field.size()));
    auto body = std::make_shared<http::LiveBody>();
    for (const Told& event : told_) {
      if (event.version > known && event.collection == collection) body->Push(event.line);
    }
    watches_.emplace(collection, body);
    return body;
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
      reply.live_body = Watch(path, request.target);
      return reply;
    }
    if (request.target.find("limit=") != std::string::npos) return List(path);
    const auto refused = refusals.find(request.method + " " + path);
    if (request.method == "GET" && refused != refusals.end()) return refused->second;
    if (request.method == "GET") {
      const auto found = objects.find(path);
      return found == objects.end() ? NotFound() : http::Respond(200, found->second.dump());
    }
    writes.push_back(request.method + " " + path);
    if (refused != refusals.end()) return refused->second;
    if (request.method == "POST") return Create(path, kube::Json::parse(request.body));
    if (request.method == "PATCH") {
      return Patch(path, kube::Json::parse(request.body), request.headers.at("Content-Type"));
    }
    if (!objects.contains(path)) return NotFound();
    const kube::Json options = kube::Json::parse(request.body);
    if (options["preconditions"]["resourceVersion"] != objects.at(path)["metadata"]["resourceVersion"]) {
      return Conflict();
    }
    Remove(path);
    return http::Respond(200, "{}");
  }
  static http::FakeReply Conflict() {
    return http::Respond(409, R"({"code": 409, "reason": "Conflict", "message": "the object has been modified"})");
  }
  http::FakeReply Create(const std::string& collection, kube::Json object) {
    const std::string path = collection + "/" + kube::KeyOf(object).name;
    if (objects.contains(path)) {
      return http::Respond(409, R"({"code": 409, "reason": "AlreadyExists", "message": "it is there already"})");
    }
    Put(path, std::move(object));
    return http::Respond(201, objects.at(path).dump());
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
  http::FakeReply Patch(std::string path, kube::Json patch, const std::string& content_type) {
    const bool is_apply = content_type.starts_with("application/apply-patch");
    const std::string asked = path;
    for (const std::string subresource : {"/status", "/scale"}) {
      if (path.ends_with(subresource)) path.erase(path.size() - subresource.size());
    }
    const auto found = objects.find(path);
    kube::Json object = found == objects.end() ? kube::Json::object() : found->second;
    const bool created = found == objects.end();
    const auto version = "/metadata/resourceVersion"_json_pointer;
    if (created && (!is_apply || path != asked)) return NotFound();
    // An object is created whatever version is asked for.
    if (!created && patch.is_object() && patch.contains(version) && patch[version] != object[version])
      return Conflict();
    if (content_type.starts_with("application/json-patch")) {
      // Of a /scale, whose fields are where those of the objects are.
      const bool holds = patch.at(0)["value"] == object["spec"].value("replicas", 1);
      if (!holds) return http::Respond(422, R"({"code": 422, "reason": "Invalid", "message": "the test failed"})");
      patch = {{"spec", {{"replicas", patch.at(1)["value"]}}}};
    }
    // A status has one writer: what it leaves out of an apply is gone.
    if (is_apply && asked.ends_with("/status")) object.erase("status");
    object.merge_patch(patch);
    Put(path, object);
    const kube::Json stored = objects.at(path);
    // The last finalizer of an object that is being deleted.
    if (object["metadata"].contains("deletionTimestamp") &&
        object["metadata"].value("finalizers", kube::Json::array()).empty())
      Remove(path);
    return http::Respond(created ? 201 : 200, stored.dump());
  }

  struct Told {
    int version;
    std::string collection;
    std::string line;
  };
  std::vector<Told> told_;                                               // to all watches
  std::multimap<std::string, std::shared_ptr<http::LiveBody>> watches_;  // by collection
  int version_ = 100;
};

}  // namespace dso::controller::test
