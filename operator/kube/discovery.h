// Which resource a kind is: "apps/v1 StatefulSet" is "statefulsets", and has a /scale subresource. Loop thread only.
#pragma once

#include <map>

#include "base/loop.h"
#include "kube/client.h"

namespace dso::kube {

class Discovery {
 public:
  Discovery(Loop& loop, Client& client) : loop_(loop), client_(client) {}

  struct Scalable {
    ResourceType type;
    bool has_scale = false;
  };
  // kNotFound if the API server has no such group, version or kind. Answers are kept for some minutes.
  Task<Result<Scalable>> Resolve(std::string api_version, std::string kind);

 private:
  struct Cached {
    Scalable resource;
    SteadyTime until;
  };
  Loop& loop_;
  Client& client_;
  std::map<std::pair<std::string, std::string>, Cached> cache_;
};

}  // namespace dso::kube
