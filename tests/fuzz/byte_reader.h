// Takes values from the front of a fuzzer's input; after its end everything is 0.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dso::fuzz {

class ByteReader {
 public:
  ByteReader(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  bool empty() const { return size_ == 0; }

  template <typename T>
  T Take() {
    T value{};
    const size_t taken = std::min(sizeof(T), size_);
    // An input may be empty and its pointer null.
    if (taken > 0) std::memcpy(&value, data_, taken);
    data_ += taken;
    size_ -= taken;
    return value;
  }

  uint8_t Byte() { return Take<uint8_t>(); }

  template <typename T, size_t n>
  T OneOf(const std::array<T, n>& choices) {
    return choices[Byte() % n];
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

}  // namespace dso::fuzz
