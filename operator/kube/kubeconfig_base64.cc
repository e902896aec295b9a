#include "kube/kubeconfig_base64.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace dso::kube {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string EncodeBase64(std::string_view bytes) {
  std::string encoded;
  encoded.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < group.size() ? static_cast<uint8_t>(group[k]) : 0U);
    for (size_t k = 0; k < 4; ++k) encoded += k <= group.size() ? kAlphabet[bits >> (18 - 6 * k) & 63U] : '=';
  }
  return encoded;
}

Result<std::string> DecodeBase64(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), [](char c) { return c != '\n' && c != '\r'; });
  if (digits.size() % 4 != 0) return InvalidArgument("it is not base64: its length is no multiple of four");
  const size_t padding = digits.ends_with("==") ? 2 : digits.ends_with("=") ? 1 : 0;
  const size_t length = digits.size() - padding;
  std::string decoded;
  decoded.reserve(digits.size() / 4 * 3);
  uint32_t bits = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const size_t value = i < length ? kAlphabet.find(digits[i]) : 0;
    if (value == kAlphabet.npos) return InvalidArgument("it is not base64: it has a character that base64 has not");
    bits = bits << 6 | static_cast<uint32_t>(value);
    if (i % 4 != 3) continue;
    for (const int shift : {16, 8, 0}) decoded += static_cast<char>(bits >> shift & 255U);
    bits = 0;
  }
  decoded.resize(decoded.size() - padding);
  return decoded;
}

}  // namespace dso::kube
