// HttpTransport to an API server: adds who we are, and follows certificates and tokens as they are rotated.
//
// Loop thread only; it and the loop outlive every request and stream. Files are read again at most once in
// kCredentialFileMaxAge. When certificates have changed, new requests go over a new transport, and the old one lives on
// for the streams that are open on it. If a file cannot be read or used, the last good one stays and a warning is
// logged once. A 401 makes us read and run everything anew and try once more, if that gave other credentials. Errors
// are those of HttpTransport, and kUnauthenticated where there is no credential to send.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/loop.h"
#include "http/transport.h"
#include "kube/kubeconfig.h"
#include "kube/tls_source.h"
#include "kube/token_source.h"

namespace dso::kube {

using TransportFactory = std::function<Result<std::shared_ptr<http::HttpTransport>>(const http::TlsOptions&)>;

class AuthenticatedTransport final : public http::HttpTransport {
 public:
  // Over cpprestsdk. kInvalidArgument if the TLS material cannot be read or used; connects to nothing yet.
  static Result<std::unique_ptr<AuthenticatedTransport>> Create(Loop& loop, const ClusterAccess& access);
  static Result<std::unique_ptr<AuthenticatedTransport>> Create(Loop& loop, TlsSource tls,
                                                                std::unique_ptr<TokenSource> tokens,
                                                                TransportFactory factory);

  Task<Result<http::Response>> Send(http::Request request, std::stop_token stop) override;
  Task<Result<http::StreamingResponse>> Open(http::Request request, std::stop_token stop) override;

 private:
  // What one attempt of a request goes out with.
  struct Identity {
    Credential credential;
    std::shared_ptr<http::HttpTransport> transport;
    bool operator==(const Identity&) const = default;
  };

  AuthenticatedTransport(Loop& loop, TlsSource tls, std::unique_ptr<TokenSource> tokens, TransportFactory factory);

  Task<Result<Identity>> Identify(std::stop_token stop);
  Task<Result<Identity>> IdentifyAfterRejection(Identity rejected, std::stop_token stop);
  Status FollowCertificates(const Credential& credential);
  void RereadFiles();
  void Rebuild(http::TlsOptions wanted);

  Loop& loop_;
  TlsSource tls_;
  std::unique_ptr<TokenSource> tokens_;
  TransportFactory factory_;

  http::TlsOptions files_;  // as last read
  SteadyTime reread_at_{};
  http::TlsOptions built_for_;    // what the factory was last asked for
  std::optional<Error> refused_;  // if it could not: why; transport_ is then an older one
  std::shared_ptr<http::HttpTransport> transport_;
  bool warned_ = false;
};

}  // namespace dso::kube
