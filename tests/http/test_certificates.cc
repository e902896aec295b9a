#include "tests/http/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <stdexcept>

namespace dso::http {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;

constexpr long kLifetimeSeconds = 3600;

void Check(bool fine, const char* what) {
  if (!fine) throw std::runtime_error(what);
}

template <typename Write>
std::string ToPem(Write write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  Check(write(bio.get()) == 1, "cannot write PEM");
  const char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

std::string CertificatePem(X509* certificate) {
  return ToPem([=](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}
std::string KeyPem(EVP_PKEY* key) {
  return ToPem([=](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

KeyPtr NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"));
  Check(key != nullptr, "cannot make a key");
  return key;
}

// Valid from an hour ago, so that a clock that is set back does not fail a test.
CertificatePtr NewCertificate(const std::string& common_name, EVP_PKEY* key) {
  static std::atomic<long> serial = 1;
  CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kLifetimeSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kLifetimeSeconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  Check(X509_set_pubkey(certificate.get(), key) == 1, "cannot set the public key");
  return certificate;
}

void AddExtension(X509* certificate, int nid, const std::string& value) {
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
  Check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "cannot add an extension");
}

}  // namespace

struct TestAuthority::Material {
  KeyPtr key;
  CertificatePtr certificate;
};

TestAuthority::TestAuthority(const std::string& common_name) : material_(std::make_unique<Material>()) {
  material_->key = NewKey();
  material_->certificate = NewCertificate(common_name, material_->key.get());
  X509* const self = material_->certificate.get();
  AddExtension(self, NID_basic_constraints, "critical,CA:TRUE");
  X509_set_issuer_name(self, X509_get_subject_name(self));
  Check(X509_sign(self, material_->key.get(), EVP_sha256()) != 0, "cannot sign");
  certificate_pem_ = CertificatePem(self);
}

TestAuthority::~TestAuthority() = default;

Identity TestAuthority::Issue(const std::string& common_name, const std::string& subject_alt_name) const {
  const KeyPtr key = NewKey();
  const CertificatePtr certificate = NewCertificate(common_name, key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(material_->certificate.get()));
  if (!subject_alt_name.empty()) AddExtension(certificate.get(), NID_subject_alt_name, subject_alt_name);
  Check(X509_sign(certificate.get(), material_->key.get(), EVP_sha256()) != 0, "cannot sign");
  return {CertificatePem(certificate.get()), KeyPem(key.get())};
}

}  // namespace dso::http
