#include "kube/token_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "kube/kubeconfig_base64.h"
#include "kube/kubeconfig_file.h"

namespace dso::kube {
namespace {

class FixedTokenSource final : public TokenSource {
 public:
  explicit FixedTokenSource(std::string authorization) : credential_{.authorization = std::move(authorization)} {}
  Task<Result<Credential>> Get(std::stop_token) override { co_return credential_; }
  void Invalidate(const Credential&) override {}

 private:
  Credential credential_;
};

Result<Credential> ReadTokenFile(const TokenFileUser& user) {
  const auto unusable = [&user](std::string_view why) {
    return Error{ErrorCode::kUnauthenticated, fmt::format("{} {} {}", user.origin, user.file.string(), why)};
  };
  Result<std::string> content = ReadSmallFile(user.file, user.origin);
  if (!content) return Error{ErrorCode::kUnauthenticated, content.error().message};
  content->erase(content->find_last_not_of(" \t\r\n") + 1);
  if (content->empty()) return unusable("is empty: put the token into it");
  const bool one_word = std::all_of(content->begin(), content->end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!one_word) return unusable("holds more than a token: an HTTP header cannot carry it");
  return Credential{.authorization = "Bearer " + *content};
}

class FileTokenSource final : public TokenSource {
 public:
  FileTokenSource(Loop& loop, TokenFileUser user) : loop_(loop), user_(std::move(user)) {}

  Task<Result<Credential>> Get(std::stop_token) override {
    if (!credential_ || loop_.Now() >= reread_at_) {
      if (Status read = Reread(); !read && !credential_) co_return std::move(read).error();
    }
    co_return *credential_;
  }

  void Invalidate(const Credential& rejected) override {
    if (credential_ == rejected) reread_at_ = SteadyTime();
  }

 private:
  Status Reread() {
    reread_at_ = loop_.Now() + kCredentialFileMaxAge;
    Result<Credential> read = ReadTokenFile(user_);
    if (!read) {
      if (credential_ && !std::exchange(warned_, true)) {
        LogWarning("keeping the last token that could be read", {{"error", read.error().message}});
      }
      return std::move(read).error();
    }
    credential_ = *std::move(read);
    warned_ = false;
    return {};
  }

  Loop& loop_;
  TokenFileUser user_;
  std::optional<Credential> credential_;
  SteadyTime reread_at_{};
  bool warned_ = false;
};

class ExecTokenSource final : public TokenSource {
 public:
  ExecTokenSource(Loop& loop, ExecConfig config, milliseconds time_limit)
      : loop_(loop), origin_(config.origin), plugin_(loop, std::move(config), time_limit) {}

  Task<Result<Credential>> Get(std::stop_token stop) override {
    const bool is_due = !credential_ || loop_.WallNow() >= renew_at_;
    if (is_due && loop_.Now() >= paused_until_) {
      const Deferred<bool> renewed;
      const std::stop_callback on_stop(stop,
                                       [&loop = loop_, renewed] { loop.Post([renewed] { renewed.Set(false); }); });
      waiting_.push_back(renewed);
      if (!std::exchange(running_, true)) Spawn(Renew());
      const bool ended = co_await renewed;
      if (!ended) co_return Error{ErrorCode::kCancelled, "the request was cancelled"};
    }
    if (credential_ && loop_.WallNow() < expires_at_) co_return *credential_;
    co_return failure_;
  }

  void Invalidate(const Credential& rejected) override {
    if (credential_ != rejected || loop_.Now() < rejections_ignored_until_) return;
    rejections_ignored_until_ = loop_.Now() + kExecPause;
    credential_.reset();
  }

 private:
  Task<void> Renew() {
    Result<ExecCredential> fresh = co_await plugin_.Run();
    if (fresh.ok() && fresh->expires && *fresh->expires <= loop_.WallNow()) {
      fresh =
          Error{ErrorCode::kUnauthenticated,
                fmt::format("{}: the exec plugin's credential expired at {}: check the plugin's cache and the clock",
                            origin_, FormatTime(*fresh->expires))};
    }
    if (fresh.ok()) {
      Keep(*std::move(fresh));
    } else {
      paused_until_ = loop_.Now() + kExecPause;
      failure_ = std::move(fresh).error();
      if (credential_ && !std::exchange(warned_, true)) {
        LogWarning("keeping the credential that is about to expire", {{"error", failure_.message}});
      }
    }
    running_ = false;
    // Posted, so that the requests which have waited do not run inside one another.
    for (const Deferred<bool>& waiter : std::exchange(waiting_, {})) loop_.Post([waiter] { waiter.Set(true); });
  }

  void Keep(ExecCredential fresh) {
    const WallTime now = loop_.WallNow();
    expires_at_ = fresh.expires.value_or(WallTime::max());
    renew_at_ = expires_at_;
    if (fresh.expires) renew_at_ -= std::min<milliseconds>(kExpiryMargin, (expires_at_ - now) / 2);
    credential_ = Credential{.authorization = fresh.token.empty() ? "" : "Bearer " + fresh.token,
                             .client_certificate_pem = std::move(fresh.client_certificate_pem),
                             .client_key_pem = std::move(fresh.client_key_pem)};
    warned_ = false;
  }

  Loop& loop_;
  std::string origin_;
  ExecPlugin plugin_;
  bool running_ = false;
  std::vector<Deferred<bool>> waiting_;  // true: the plugin has ended; false: the caller has

  std::optional<Credential> credential_;
  WallTime renew_at_{};
  WallTime expires_at_{};
  Error failure_{ErrorCode::kUnauthenticated, "no credential yet"};
  SteadyTime paused_until_{};
  SteadyTime rejections_ignored_until_{};
  bool warned_ = false;
};

// One overload for each kind of user.
struct Maker {
  Loop& loop;
  milliseconds exec_time_limit;

  std::unique_ptr<TokenSource> operator()(AnonymousUser) const { return std::make_unique<FixedTokenSource>(""); }
  std::unique_ptr<TokenSource> operator()(TokenUser user) const {
    return std::make_unique<FixedTokenSource>("Bearer " + user.token);
  }
  std::unique_ptr<TokenSource> operator()(BasicUser user) const {
    return std::make_unique<FixedTokenSource>("Basic " + EncodeBase64(user.username + ":" + user.password));
  }
  std::unique_ptr<TokenSource> operator()(TokenFileUser user) const {
    return std::make_unique<FileTokenSource>(loop, std::move(user));
  }
  std::unique_ptr<TokenSource> operator()(ExecConfig config) const {
    return std::make_unique<ExecTokenSource>(loop, std::move(config), exec_time_limit);
  }
};

}  // namespace

std::unique_ptr<TokenSource> MakeTokenSource(Loop& loop, User user, milliseconds exec_time_limit) {
  return std::visit(Maker{loop, exec_time_limit}, std::move(user));
}

}  // namespace dso::kube
