#include "rpc/certificate_identity.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace dso::rpc {
namespace {

std::string TextOf(const X509_NAME_ENTRY* entry) {
  unsigned char* bytes = nullptr;
  const int length = ASN1_STRING_to_UTF8(&bytes, X509_NAME_ENTRY_get_data(entry));
  if (length < 0) return "";
  std::string text(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  OPENSSL_free(bytes);
  // "admin\0.evil": what a reader of C strings would take for another name.
  return text.find('\0') == std::string::npos ? text : "";
}

}  // namespace

Result<Identity> IdentityOfCertificate(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                &X509_free);
  if (!certificate) return Error{ErrorCode::kUnauthenticated, "the client certificate cannot be read"};
  Identity identity{.user = {}};
  const X509_NAME* const subject = X509_get_subject_name(certificate.get());
  for (int i = 0; i < X509_NAME_entry_count(subject); ++i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(subject, i);
    const int kind = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
    if (kind == NID_commonName) identity.user = TextOf(entry);
    if (kind == NID_organizationName) identity.groups.push_back(TextOf(entry));
  }
  if (identity.user.empty()) {
    return Error{ErrorCode::kUnauthenticated, "the client certificate has no common name (CN), which is the user"};
  }
  identity.groups.emplace_back("system:authenticated");
  return identity;
}

}  // namespace dso::rpc
