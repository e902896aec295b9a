#include "kube/resource.h"

#include "http/url.h"

namespace dso::kube {

std::string PathOf(const ResourceType& type, const ObjectKey& key, const std::string& subresource) {
  std::string path = type.group.empty() ? "/api/" : "/apis/" + type.group + "/";
  path += type.version;
  if (type.namespaced && !key.ns.empty()) path += "/namespaces/" + http::EncodeComponent(key.ns);
  path += "/" + type.plural;
  if (!key.name.empty()) path += "/" + http::EncodeComponent(key.name);
  if (!subresource.empty()) path += "/" + subresource;
  return path;
}

}  // namespace dso::kube
