// Where the TLS material of a cluster comes from: PEM text in a kubeconfig, or files that somebody rotates.
// Plain values; thread-safe.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "http/transport.h"

namespace dso::kube {

struct PemSource {
  std::string origin;  // for messages: `cluster "prod" of /etc/kubeconfig: certificate-authority`
  std::string pem{};   // wins over the file
  std::filesystem::path file{};

  bool empty() const { return pem.empty() && file.empty(); }
  // Empty text if the source is empty. kInvalidArgument if the file cannot be read or there is no PEM in it.
  Result<std::string> Read() const;
};

struct TlsSource {
  PemSource ca{};
  PemSource client_certificate{};
  PemSource client_key{};
  std::string server_name{};  // verified instead of the URL's host if not empty
  bool insecure_skip_verify = false;

  // Reads the files anew. Whether certificate and key fit together is for the transport to say.
  Result<http::TlsOptions> Read() const;
};

}  // namespace dso::kube
