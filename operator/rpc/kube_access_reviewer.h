// Asks the API server: TokenReview (authentication.k8s.io/v1) and SubjectAccessReview (authorization.k8s.io/v1).
#pragma once

#include <string>
#include <vector>

#include "kube/client.h"
#include "rpc/access.h"

namespace dso::rpc {

class KubeAccessReviewer final : public AccessReviewer {
 public:
  // `audiences`: for whom a token has to be made; empty: the API server itself. `client` outlives it.
  KubeAccessReviewer(kube::Client& client, std::vector<std::string> audiences)
      : client_(client), audiences_(std::move(audiences)) {}

  Task<Result<Identity>> ReviewToken(std::string token) override;
  Task<Result<bool>> MayAccess(Identity identity, Access access) override;

 private:
  kube::Client& client_;
  const std::vector<std::string> audiences_;
};

}  // namespace dso::rpc
