#include "rpc/server_certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "kube/kubeconfig_file.h"

namespace dso::rpc {
namespace {

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

BioPtr Open(const std::string& pem) { return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free}; }

Result<CertificatePtr> ReadCertificate(const std::string& key, const std::string& file) {
  auto pem = kube::ReadSmallFile(file, "rpc.tls." + key);
  if (!pem) return std::move(pem).error();
  CertificatePtr certificate(PEM_read_bio_X509(Open(*pem).get(), nullptr, nullptr, nullptr), &X509_free);
  ERR_clear_error();
  if (certificate) return certificate;
  return InvalidArgument(
      fmt::format("rpc.tls.{}: {} holds no PEM certificate (-----BEGIN CERTIFICATE-----)", key, file));
}

}  // namespace

Status CheckFiles(const ServerTls& tls) {
  auto certificate = ReadCertificate("certFile", tls.cert_file);
  if (!certificate) return std::move(certificate).error();
  auto pem = kube::ReadSmallFile(tls.key_file, "rpc.tls.keyFile");
  if (!pem) return std::move(pem).error();
  const KeyPtr key(PEM_read_bio_PrivateKey(Open(*pem).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  ERR_clear_error();
  if (!key) {
    return InvalidArgument(fmt::format("rpc.tls.keyFile: {} holds no unencrypted PEM private key", tls.key_file));
  }
  const bool fits = X509_check_private_key(certificate->get(), key.get()) == 1;
  ERR_clear_error();
  if (!fits) {
    return InvalidArgument(fmt::format("rpc.tls.keyFile: the key in {} does not belong to the certificate in {}",
                                       tls.key_file, tls.cert_file));
  }
  if (tls.client_ca_file.empty()) return {};
  auto authority = ReadCertificate("clientCaFile", tls.client_ca_file);
  if (!authority) return std::move(authority).error();
  return {};
}

}  // namespace dso::rpc
