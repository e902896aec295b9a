#include "rpc/gate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>
#include <openssl/sha.h>

#include <string_view>

#include "rpc/certificate_identity.h"
#include "rpc/status_details.h"

namespace dso::rpc {
namespace {

constexpr size_t kMostRemembered = 10'000;
constexpr milliseconds kAllowedFor = std::chrono::minutes(1);
constexpr milliseconds kRefusedFor = seconds(10);
constexpr milliseconds kCertificateFor = std::chrono::minutes(10);
constexpr milliseconds kRetryDelay = seconds(1);
constexpr size_t kLongestToken = 16 * 1024;
constexpr std::string_view kBearer = "Bearer ";
constexpr char kSeparator = '\x1f';  // of a key's parts; in none of them

std::string HashOf(std::string_view text) {
  std::string hash(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(&hash[0]));
  return hash;
}

// All that an authorizer may look at. Lengths, so that no two identities read alike.
std::string KeyOf(const Identity& identity, const Access& access) {
  std::string key =
      fmt::format("{}{}{}{}{}{}", access.verb, kSeparator, access.ns, kSeparator, access.name, kSeparator);
  const auto add = [&key](const std::string& part) { key += fmt::format("{}:{}", part.size(), part); };
  add(identity.user);
  add(identity.uid);
  for (const std::string& group : identity.groups) add(group);
  for (const auto& [name, values] : identity.extra) {
    key += kSeparator;
    add(name);
    for (const std::string& value : values) add(value);
  }
  return key;
}

grpc::Status Refused(const Identity& identity, const Access& access) {
  const std::string where = access.ns.empty() ? "in all namespaces" : fmt::format("in the namespace {}", access.ns);
  return ToStatus({ErrorCode::kPermissionDenied,
                   fmt::format("{} may not {} deepseekservices.deepseek-operator.dev {}: it takes a Role that allows "
                               "it, and a binding",
                               identity.user, access.verb, where)});
}

// An address without its port: "ipv4:10.1.2.3".
std::string HostOf(std::string peer) {
  if (const size_t colon = peer.rfind(':'); colon != std::string::npos && peer.starts_with("ipv")) peer.resize(colon);
  return peer;
}

}  // namespace

Gate::Gate(Loop& loop, AccessReviewer* reviewer, Limits limits)
    : loop_(loop),
      reviewer_(reviewer),
      limits_(limits),
      certificates_(kMostRemembered),
      tokens_(kMostRemembered),
      decisions_(kMostRemembered) {}

Ticket Gate::TicketOf(const grpc::ServerContextBase& context, std::optional<Access> access) {
  Ticket ticket{.client = HostOf(context.peer()), .access = std::move(access)};
  if (reviewer_ == nullptr) return ticket;
  const auto certificates = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (!certificates.empty()) {
    const std::string pem(certificates.front().data(), certificates.front().size());
    const std::string key = HashOf(pem);
    ticket.identity = certificates_.Find(key, loop_.Now());
    if (!ticket.identity) {
      ticket.identity = IdentityOfCertificate(pem);
      certificates_.Put(key, *ticket.identity, loop_.Now(), kCertificateFor);
    }
  } else {
    const auto& metadata = context.client_metadata();
    const auto header = metadata.find("authorization");
    const std::string_view value =
        header == metadata.end() ? "" : std::string_view(header->second.data(), header->second.size());
    if (!value.starts_with(kBearer) || value.size() > kLongestToken || value.size() == kBearer.size()) {
      ticket.identity = Error{ErrorCode::kUnauthenticated,
                              "neither a client certificate nor \"authorization: Bearer TOKEN\" came with the call"};
      return ticket;
    }
    ticket.token = value.substr(kBearer.size());
    ticket.token_key = HashOf(ticket.token);
  }
  const auto known = ticket.identity ? ticket.identity : tokens_.Find(ticket.token_key, loop_.Now());
  if (known && *known) ticket.client = "user " + (*known)->user;
  return ticket;
}

void Gate::Admit(const Ticket& ticket, Then then) {
  if (!open_) {
    return then(ToStatus({ErrorCode::kUnavailable, "the operator is starting or stopping; try again"}));
  }
  if (limits_.TryRequest(ticket.client, loop_.Now())) return Judge(ticket, std::move(then));
  then(TooMany("RATE_LIMITED",
               fmt::format("this client has asked more than {} times a second; ask less often",
                           limits_.limits().requests_per_second),
               kRetryDelay));
}

void Gate::Judge(const Ticket& ticket, Then then) {
  if (reviewer_ == nullptr) return then(grpc::Status::OK);
  const auto known = ticket.identity ? ticket.identity : tokens_.Find(ticket.token_key, loop_.Now());
  if (known) {
    if (!*known) return then(ToStatus(known->error()));
    return Authorize(**known, ticket.access, std::move(then));
  }
  loop_.Post([this, ticket, then = std::move(then)] {
    Identify(ticket, [this, access = ticket.access, then](const Result<Identity>& identity) {
      if (!identity) return then(ToStatus(identity.error()));
      Authorize(*identity, access, then);
    });
  });
}

void Gate::Identify(const Ticket& ticket, std::function<void(const Result<Identity>&)> then) {
  if (const auto known = tokens_.Find(ticket.token_key, loop_.Now())) return then(*known);
  auto& waiting = token_waiters_[ticket.token_key];
  waiting.push_back(std::move(then));
  if (waiting.size() == 1) Spawn(ReviewToken(ticket.token, ticket.token_key));
}

Task<void> Gate::ReviewToken(std::string token, std::string key) {
  const WaitGroup::Entry under_way = reviews_.Enter();
  const Result<Identity> identity = co_await reviewer_->ReviewToken(std::move(token));
  const bool judged = identity || identity.error().code == ErrorCode::kUnauthenticated;
  if (judged) tokens_.Put(key, identity, loop_.Now(), identity ? kAllowedFor : kRefusedFor);
  const auto waiting = token_waiters_.extract(key);
  for (const auto& then : waiting.mapped()) then(identity);
}

void Gate::Authorize(const Identity& identity, const std::optional<Access>& access, Then then) {
  if (!access) return then(grpc::Status::OK);
  std::string key = KeyOf(identity, *access);
  if (const auto known = decisions_.Find(key, loop_.Now())) {
    return then(**known ? grpc::Status::OK : Refused(identity, *access));
  }
  loop_.Post([this, identity, access = *access, key = std::move(key), then = std::move(then)]() mutable {
    auto& waiting = access_waiters_[key];
    waiting.push_back([identity, access, then = std::move(then)](const Result<bool>& allowed) {
      if (!allowed) return then(ToStatus(allowed.error()));
      then(*allowed ? grpc::Status::OK : Refused(identity, access));
    });
    if (waiting.size() == 1) Spawn(ReviewAccess(std::move(identity), std::move(access), std::move(key)));
  });
}

Task<void> Gate::ReviewAccess(Identity identity, Access access, std::string key) {
  const WaitGroup::Entry under_way = reviews_.Enter();
  const Result<bool> allowed = co_await reviewer_->MayAccess(std::move(identity), std::move(access));
  if (allowed) decisions_.Put(key, allowed, loop_.Now(), *allowed ? kAllowedFor : kRefusedFor);
  const auto waiting = access_waiters_.extract(key);
  for (const auto& then : waiting.mapped()) then(allowed);
}

}  // namespace dso::rpc
