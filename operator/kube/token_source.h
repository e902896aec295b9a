// Who we are for the API server: what a kubeconfig says about the user, and the source of the Authorization header.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <variant>

#include "base/loop.h"
#include "base/result.h"
#include "base/task.h"
#include "kube/exec_plugin.h"

namespace dso::kube {

// Nobody, or identified by a client certificate in the TlsSource alone.
struct AnonymousUser {};
struct TokenUser {
  std::string token;
};
struct TokenFileUser {
  std::string origin;  // for messages: `user "dev" of /etc/kubeconfig: tokenFile`
  std::filesystem::path file;
};
struct BasicUser {
  std::string username;
  std::string password;
};
using User = std::variant<AnonymousUser, TokenUser, TokenFileUser, BasicUser, ExecConfig>;

struct Credential {
  std::string authorization{};           // the value of the header; empty: none
  std::string client_certificate_pem{};  // from an exec plugin; empty: the TlsSource's
  std::string client_key_pem{};
  bool operator==(const Credential&) const = default;
};

// Files are read again when they are older than this; the kubelet rotates tokens when 80 % of their life is over.
inline constexpr seconds kCredentialFileMaxAge{60};
// An exec plugin is run again this long before its credential expires, or in the second half of a shorter life.
inline constexpr seconds kExpiryMargin{60};
// Neither a failing exec plugin nor a server that refuses every credential makes us run the plugin more often than
// this.
inline constexpr seconds kExecPause{5};

// Loop thread only; it and the loop outlive every Get().
class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // The cached credential while it is good. Concurrent calls share one run of an exec plugin. A credential that cannot
  // be renewed is used for as long as it may be good. kUnauthenticated if there is none, kCancelled by `stop`.
  virtual Task<Result<Credential>> Get(std::stop_token stop) = 0;

  // The server has refused `rejected` (401): the next Get() reads or runs anew, unless that has already happened.
  virtual void Invalidate(const Credential& rejected) = 0;
};

std::unique_ptr<TokenSource> MakeTokenSource(Loop& loop, User user, milliseconds exec_time_limit = kExecTimeLimit);

}  // namespace dso::kube
