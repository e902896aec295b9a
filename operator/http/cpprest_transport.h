// HttpTransport over cpprestsdk, which is archived upstream: nothing outside this folder may include its headers.
//
// cpprestsdk runs a few threads of its own; completions are posted to the loop, which must outlive every transport and
// every request. Redirects are not followed: credentials must not travel to an address that nobody configured.
#pragma once

#include <memory>

#include "base/loop.h"
#include "http/transport.h"
#include "http/url.h"

namespace dso::http {

class CpprestTransport final : public HttpTransport {
 public:
  // kInvalidArgument if the TLS material is unusable.
  static Result<std::unique_ptr<CpprestTransport>> Create(Loop& loop, const Url& base_url, const TlsOptions& tls);
  ~CpprestTransport() override;

  Task<Result<Response>> Send(Request request, std::stop_token stop) override;
  Task<Result<StreamingResponse>> Open(Request request, std::stop_token stop) override;

 private:
  struct Connection;
  explicit CpprestTransport(std::shared_ptr<Connection> connection);
  std::shared_ptr<Connection> connection_;
};

}  // namespace dso::http
