// The state of a forecaster as bytes and back, so that a restart goes on bit for bit.
//
// A class that has state says once what it is,
//   template <typename Archive> void Persist(Archive& archive) { archive(level_, weights_); }
// and both directions follow from that. What is made from options alone is not written: bytes are read into an object
// made with the same options, and vectors must have the length they have there unless they are Growing().
//
// The layout is that of the machine (little-endian IEEE 754 on all that are supported): for a file or a ConfigMap of
// the same operator, not for exchange. Not thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dso::forecast {

// A vector whose length is part of the state, with an upper bound that damaged bytes cannot exceed.
template <typename T>
struct Growing {
  std::vector<T>& values;
  size_t most;
};

class ArchiveWriter {
 public:
  static constexpr bool kReading = false;

  template <typename... T>
  void operator()(T&&... values) {
    (Put(values), ...);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  template <typename T>
  void Put(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
    } else {
      value.Persist(*this);
    }
  }
  template <typename T>
  void Put(std::vector<T>& values) {
    for (T& value : values) Put(value);
  }
  template <typename T>
  void Put(Growing<T>& growing) {
    uint64_t size = growing.values.size();
    Put(size);
    Put(growing.values);
  }

  std::string bytes_;
};

class ArchiveReader {
 public:
  static constexpr bool kReading = true;

  explicit ArchiveReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename... T>
  void operator()(T&&... values) {
    (Get(values), ...);
  }
  // Whether all bytes asked for were there, lengths were in bounds, and nothing is left.
  bool complete() const { return !failed_ && bytes_.empty(); }

 private:
  template <typename T>
  void Get(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      if (failed_ || bytes_.size() < sizeof(T)) {
        failed_ = true;
        return;
      }
      std::memcpy(&value, bytes_.data(), sizeof(T));
      bytes_.remove_prefix(sizeof(T));
    } else {
      value.Persist(*this);
    }
  }
  void Get(bool& value) {
    uint8_t byte = 0;
    Get(byte);
    value = byte != 0;
  }
  template <typename T>
  void Get(std::vector<T>& values) {
    for (T& value : values) Get(value);
  }
  template <typename T>
  void Get(Growing<T>& growing) {
    uint64_t size = 0;
    Get(size);
    failed_ = failed_ || size > growing.most;
    if (failed_) return;
    growing.values.resize(size);
    Get(growing.values);
  }

  std::string_view bytes_;
  bool failed_ = false;
};

}  // namespace dso::forecast
