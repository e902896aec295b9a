// Certificates made up on the spot, for tests of TLS.
#pragma once

#include <memory>
#include <string>

namespace dso::http {

struct Identity {
  std::string certificate_pem;
  std::string key_pem;
};

// A certificate authority of its own. Throws std::runtime_error if OpenSSL refuses.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name);
  ~TestAuthority();

  const std::string& certificate_pem() const { return certificate_pem_; }
  // For a server: `subject_alt_name` as OpenSSL writes it, "DNS:localhost" or "IP:127.0.0.1". Empty for a client.
  Identity Issue(const std::string& common_name, const std::string& subject_alt_name = "") const;

 private:
  struct Material;
  std::unique_ptr<Material> material_;
  std::string certificate_pem_;
};

}  // namespace dso::http
