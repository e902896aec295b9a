// FNV-1a of 64 bits (G. Fowler, L. C. Noll, K.-P. Vo): against forgetting and accidents, not against malice.
// Pure, thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace dso {

constexpr uint64_t Fnv1a(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

}  // namespace dso
