#include "kube/tls_source.h"

#include <fmt/format.h>

#include "kube/kubeconfig_file.h"

namespace dso::kube {

Result<std::string> PemSource::Read() const {
  if (empty()) return std::string();
  std::string text = pem;
  if (text.empty()) {
    Result<std::string> content = ReadSmallFile(file, origin);
    if (!content) return std::move(content).error();
    text = *std::move(content);
  }
  if (text.find("-----BEGIN ") == text.npos) {
    const std::string where = pem.empty() ? fmt::format("{} {}", origin, file.string()) : origin;
    return InvalidArgument(where + " is not PEM: it must have a line that starts with -----BEGIN");
  }
  return text;
}

Result<http::TlsOptions> TlsSource::Read() const {
  Result<std::string> ca_pem = ca.Read();
  if (!ca_pem) return std::move(ca_pem).error();
  Result<std::string> certificate_pem = client_certificate.Read();
  if (!certificate_pem) return std::move(certificate_pem).error();
  Result<std::string> key_pem = client_key.Read();
  if (!key_pem) return std::move(key_pem).error();
  return http::TlsOptions{.ca_pem = *std::move(ca_pem),
                          .client_certificate_pem = *std::move(certificate_pem),
                          .client_key_pem = *std::move(key_pem),
                          .server_name = server_name,
                          .insecure_skip_verify = insecure_skip_verify};
}

}  // namespace dso::kube
