#include "kube/authenticated_transport.h"

#include <utility>

#include "base/log.h"
#include "http/cpprest_transport.h"

namespace dso::kube {
namespace {

constexpr int kUnauthorized = 401;

// Keeps the transport that it comes from.
class PinnedBodyStream final : public http::BodyStream {
 public:
  PinnedBodyStream(std::shared_ptr<http::HttpTransport> transport, std::unique_ptr<http::BodyStream> body)
      : transport_(std::move(transport)), body_(std::move(body)) {}
  Task<Result<std::string>> Read() override { return body_->Read(); }

 private:
  std::shared_ptr<http::HttpTransport> transport_;  // outlives the body
  std::unique_ptr<http::BodyStream> body_;
};

http::Request WithAuthorization(http::Request request, const Credential& credential) {
  if (!credential.authorization.empty()) request.headers["Authorization"] = credential.authorization;
  return request;
}

// A plugin's certificate replaces that of the files.
http::TlsOptions Combine(http::TlsOptions files, const Credential& credential) {
  if (credential.client_certificate_pem.empty()) return files;
  files.client_certificate_pem = credential.client_certificate_pem;
  files.client_key_pem = credential.client_key_pem;
  return files;
}

}  // namespace

Result<std::unique_ptr<AuthenticatedTransport>> AuthenticatedTransport::Create(Loop& loop,
                                                                               const ClusterAccess& access) {
  const auto connect =
      [&loop, server = access.server](const http::TlsOptions& tls) -> Result<std::shared_ptr<http::HttpTransport>> {
    Result<std::unique_ptr<http::CpprestTransport>> transport = http::CpprestTransport::Create(loop, server, tls);
    if (!transport) return std::move(transport).error();
    return std::shared_ptr<http::HttpTransport>(*std::move(transport));
  };
  return Create(loop, access.tls, MakeTokenSource(loop, access.user), connect);
}

Result<std::unique_ptr<AuthenticatedTransport>> AuthenticatedTransport::Create(Loop& loop, TlsSource tls,
                                                                               std::unique_ptr<TokenSource> tokens,
                                                                               TransportFactory factory) {
  Result<http::TlsOptions> files = tls.Read();
  if (!files) return std::move(files).error();
  std::unique_ptr<AuthenticatedTransport> created(
      new AuthenticatedTransport(loop, std::move(tls), std::move(tokens), std::move(factory)));
  created->files_ = *std::move(files);
  created->reread_at_ = loop.Now() + kCredentialFileMaxAge;
  created->Rebuild(created->files_);
  if (created->refused_) return *created->refused_;
  return created;
}

AuthenticatedTransport::AuthenticatedTransport(Loop& loop, TlsSource tls, std::unique_ptr<TokenSource> tokens,
                                               TransportFactory factory)
    : loop_(loop), tls_(std::move(tls)), tokens_(std::move(tokens)), factory_(std::move(factory)) {}

Task<Result<http::Response>> AuthenticatedTransport::Send(http::Request request, std::stop_token stop) {
  const Result<Identity> identity = co_await Identify(stop);
  if (!identity) co_return identity.error();
  http::Request first = WithAuthorization(request, identity->credential);
  Result<http::Response> response = co_await identity->transport->Send(std::move(first), stop);
  if (!response || response->status != kUnauthorized) co_return response;

  const Result<Identity> renewed = co_await IdentifyAfterRejection(*identity, stop);
  if (!renewed) co_return renewed.error();
  if (*renewed == *identity) co_return response;
  http::Request second = WithAuthorization(std::move(request), renewed->credential);
  response = co_await renewed->transport->Send(std::move(second), stop);
  co_return response;
}

Task<Result<http::StreamingResponse>> AuthenticatedTransport::Open(http::Request request, std::stop_token stop) {
  Result<Identity> identity = co_await Identify(stop);
  if (!identity) co_return identity.error();
  http::Request first = WithAuthorization(request, identity->credential);
  Result<http::StreamingResponse> opened = co_await identity->transport->Open(std::move(first), stop);
  if (opened.ok() && opened->head.status == kUnauthorized) {
    Result<Identity> renewed = co_await IdentifyAfterRejection(*identity, stop);
    if (!renewed) co_return renewed.error();
    if (!(*renewed == *identity)) {
      http::Request second = WithAuthorization(std::move(request), renewed->credential);
      opened = co_await renewed->transport->Open(std::move(second), stop);
      identity = std::move(renewed);
    }
  }
  if (opened.ok()) {
    opened->body = std::make_unique<PinnedBodyStream>(identity->transport, std::move(opened->body));
  }
  co_return opened;
}

Task<Result<AuthenticatedTransport::Identity>> AuthenticatedTransport::Identify(std::stop_token stop) {
  Result<Credential> credential = co_await tokens_->Get(stop);
  if (!credential) co_return std::move(credential).error();
  if (Status followed = FollowCertificates(*credential); !followed) co_return std::move(followed).error();
  co_return Identity{*std::move(credential), transport_};
}

Task<Result<AuthenticatedTransport::Identity>> AuthenticatedTransport::IdentifyAfterRejection(Identity rejected,
                                                                                              std::stop_token stop) {
  tokens_->Invalidate(rejected.credential);
  reread_at_ = loop_.Now();
  Result<Identity> identity = co_await Identify(stop);
  co_return identity;
}

Status AuthenticatedTransport::FollowCertificates(const Credential& credential) {
  if (loop_.Now() >= reread_at_) RereadFiles();
  http::TlsOptions wanted = Combine(files_, credential);
  if (wanted != built_for_) Rebuild(std::move(wanted));
  if (!refused_) return {};
  // A file may be caught half-way through its rotation, a plugin's answer not.
  if (!credential.client_certificate_pem.empty()) return Error{ErrorCode::kUnauthenticated, refused_->message};
  if (!std::exchange(warned_, true)) {
    LogWarning("keeping the certificates in use, the new ones are unusable", {{"error", refused_->message}});
  }
  return {};
}

void AuthenticatedTransport::RereadFiles() {
  reread_at_ = loop_.Now() + kCredentialFileMaxAge;
  Result<http::TlsOptions> read = tls_.Read();
  if (read.ok()) {
    files_ = *std::move(read);
    if (!refused_) warned_ = false;
  } else if (!std::exchange(warned_, true)) {
    LogWarning("keeping the last certificates that could be read", {{"error", read.error().message}});
  }
}

void AuthenticatedTransport::Rebuild(http::TlsOptions wanted) {
  Result<std::shared_ptr<http::HttpTransport>> built = factory_(wanted);
  built_for_ = std::move(wanted);
  refused_.reset();
  if (built.ok()) {
    transport_ = *std::move(built);
    warned_ = false;
  } else {
    refused_ = std::move(built).error();
  }
}

}  // namespace dso::kube
