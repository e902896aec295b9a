// Who calls, and what they want to see: in the terms of Kubernetes, whose API server judges both.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/task.h"

namespace dso::rpc {

// As in authentication.k8s.io/v1 UserInfo.
struct Identity {
  std::string user;
  std::string uid{};
  std::vector<std::string> groups{};
  std::map<std::string, std::vector<std::string>> extra{};
};

// A verb on DeepSeekServices.
struct Access {
  std::string verb;    // "get", "list", "watch"
  std::string ns{};    // "": all namespaces
  std::string name{};  // "": all of the namespace
};

// Loop thread only.
class AccessReviewer {
 public:
  virtual ~AccessReviewer() = default;
  // kUnauthenticated if the token is none of the cluster's; otherwise the errors of the API server.
  virtual Task<Result<Identity>> ReviewToken(std::string token) = 0;
  virtual Task<Result<bool>> MayAccess(Identity identity, Access access) = 0;
};

}  // namespace dso::rpc
