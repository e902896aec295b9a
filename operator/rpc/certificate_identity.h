// Whom a client certificate names, read as Kubernetes does: the common name is the user, each organization a group.
// Pure, thread-safe.
#pragma once

#include <string>

#include "rpc/access.h"

namespace dso::rpc {

// `pem`: a certificate that has been verified. kUnauthenticated if it cannot be read or names no user.
Result<Identity> IdentityOfCertificate(const std::string& pem);

}  // namespace dso::rpc
