#include "prom/credentials.h"

#include <cstdint>
#include <fstream>
#include <optional>

namespace dso::prom {
namespace {

constexpr std::streamsize kMaxSecretBytes =
    64 * 1024;  // a token is a few kilobytes at most; /dev/zero must not hang us

Error Unusable(std::string_view field, const std::string& path, std::string_view what) {
  return {ErrorCode::kUnauthenticated, std::string(field) + " " + path + " " + std::string(what)};
}

// The content without the white space at its end, which editors and `kubectl create secret` leave there.
Result<std::string> ReadSecret(std::string_view field, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Unusable(field, path, "cannot be opened: check that the Secret is mounted and readable.");
  std::string content(kMaxSecretBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad()) return Unusable(field, path, "cannot be read.");
  if (file.gcount() > kMaxSecretBytes) return Unusable(field, path, "is larger than 64 KiB, which no credential is.");
  content.resize(static_cast<size_t>(file.gcount()));
  content.erase(content.find_last_not_of(" \t\r\n") + 1);
  if (content.empty()) return Unusable(field, path, "is empty: put the credential into it.");
  if (content.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    return Unusable(field, path, "holds several lines, which an HTTP header cannot carry.");
  }
  return content;
}

Result<Credentials> ReadBasic(const BasicAuth& basic) {
  std::string username = basic.username;
  if (!basic.username_file.empty()) {
    Result<std::string> read = ReadSecret("usernameFile", basic.username_file);
    if (!read) return std::move(read).error();
    username = *std::move(read);
  }
  Result<std::string> password = ReadSecret("passwordFile", basic.password_file);
  if (!password) return std::move(password).error();
  std::string encoded = EncodeBase64(username + ":" + *password);
  return Credentials{.authorization = "Basic " + encoded, .secrets = {encoded, *std::move(password)}};
}

}  // namespace

Result<Credentials> ReadCredentials(const ServerConfig& config) {
  if (config.basic_auth) return ReadBasic(*config.basic_auth);
  if (config.bearer_token_file.empty()) return Credentials{};
  Result<std::string> token = ReadSecret("bearerTokenFile", config.bearer_token_file);
  if (!token) return std::move(token).error();
  return Credentials{.authorization = "Bearer " + *token, .secrets = {*token}};
}

std::string Redact(std::string text, const Credentials& credentials) {
  constexpr std::string_view kRedacted = "[redacted]";
  for (const std::string& secret : credentials.secrets) {
    for (size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kRedacted.size())) {
      text.replace(at, secret.size(), kRedacted);
    }
  }
  return text;
}

std::string EncodeBase64(std::string_view bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  encoded.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) encoded += k <= count ? kAlphabet[group >> (18 - 6 * k) & 63U] : '=';
  }
  return encoded;
}

}  // namespace dso::prom
