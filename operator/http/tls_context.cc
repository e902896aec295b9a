#include "http/tls_context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <mutex>
#include <vector>

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
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;

BioPtr Open(const std::string& pem) { return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); }

Result<std::vector<CertificatePtr>> ParseCertificates(const std::string& pem, std::string_view what) {
  std::vector<CertificatePtr> certificates;
  const BioPtr bio = Open(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the file is reported as an error
  if (certificates.empty()) {
    return InvalidArgument(fmt::format("the {} holds no PEM certificate (-----BEGIN CERTIFICATE-----)", what));
  }
  return certificates;
}

class Context final : public TlsContext {
 public:
  Status Load(const TlsOptions& options) {
    if (!options.ca_pem.empty()) {
      auto authorities = ParseCertificates(options.ca_pem, "certificate authority");
      if (!authorities) return std::move(authorities).error();
      store_.reset(X509_STORE_new());
      for (const CertificatePtr& authority : *authorities) X509_STORE_add_cert(store_.get(), authority.get());
    }
    if (options.client_certificate_pem.empty()) return {};

    auto chain = ParseCertificates(options.client_certificate_pem, "client certificate");
    if (!chain) return std::move(chain).error();
    chain_ = *std::move(chain);
    const BioPtr bio = Open(options.client_key_pem);
    key_.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!key_) return InvalidArgument("the client key holds no unencrypted PEM private key");
    if (X509_check_private_key(chain_.front().get(), key_.get()) != 1) {
      ERR_clear_error();
      return InvalidArgument("the client key does not belong to the client certificate");
    }
    return {};
  }

  void InstallInto(boost::asio::ssl::context& context) override {
    SSL_CTX* const native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    if (store_) {
      // Replaces the system's authorities, which cpprestsdk has put in: only the given ones are trusted.
      X509_STORE_up_ref(store_.get());
      SSL_CTX_set_cert_store(native, store_.get());
    }
    if (key_) {
      SSL_CTX_use_certificate(native, chain_.front().get());
      for (size_t i = 1; i < chain_.size(); ++i) SSL_CTX_add1_chain_cert(native, chain_[i].get());
      SSL_CTX_use_PrivateKey(native, key_.get());
    }
    SSL_CTX_set_cert_verify_callback(native, &Context::Verify, this);
  }

  std::string LastVerifyFailure() const override {
    const std::lock_guard lock(mutex_);
    return last_failure_;
  }

 private:
  // The default verification (which calls cpprestsdk's check of the host name), with the reason kept.
  static int Verify(X509_STORE_CTX* chain, void* self) {
    const int verified = X509_verify_cert(chain);
    const int error = X509_STORE_CTX_get_error(chain);
    // cpprestsdk's check of the host name refuses without naming an error.
    const bool wrong_name = error == X509_V_OK || error == X509_V_ERR_UNSPECIFIED;
    static_cast<Context*>(self)->Record(verified == 1 ? ""
                                        : wrong_name  ? "the certificate is not for this host name"
                                                      : X509_verify_cert_error_string(error));
    return verified;
  }
  void Record(std::string reason) {
    const std::lock_guard lock(mutex_);
    last_failure_ = std::move(reason);
  }

  StorePtr store_;
  std::vector<CertificatePtr> chain_;
  KeyPtr key_;
  mutable std::mutex mutex_;
  std::string last_failure_;
};

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::Create(const TlsOptions& options) {
  auto context = std::make_shared<Context>();
  if (Status loaded = context->Load(options); !loaded) return std::move(loaded).error();
  return std::shared_ptr<TlsContext>(std::move(context));
}

}  // namespace dso::http
