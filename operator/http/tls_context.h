// TLS for one transport: its own trust store and client certificate, parsed once, installed into each connection's
// context.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/transport.h"

namespace dso::http {

// Immutable after creation but for the record of the last failure; thread-safe.
class TlsContext {
 public:
  // kInvalidArgument if a PEM cannot be parsed or the key does not fit the certificate.
  static Result<std::shared_ptr<TlsContext>> Create(const TlsOptions& options);
  virtual ~TlsContext() = default;

  virtual void InstallInto(boost::asio::ssl::context& context) = 0;
  // Why the last verification of a server failed; empty if it succeeded.
  virtual std::string LastVerifyFailure() const = 0;
};

}  // namespace dso::http
