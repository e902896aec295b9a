// Files for the tests of credentials, and a way to await what a thread outside of the loop brings.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "base/task.h"
#include "tests/support/fake_loop.h"

namespace dso::kube {

// No message may contain it.
inline const std::string kSecret = "s3cr3t-0f-the-test";

inline constexpr const char* kSomePem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

// A directory that goes away with its object.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kube_test.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    path_ = pattern;
  }
  TempDir(const TempDir&) = delete;
  ~TempDir() { std::filesystem::remove_all(path_); }

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  std::filesystem::path Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  std::filesystem::path WriteScript(const std::string& name, const std::string& text) const {
    Write(name, "#!/bin/sh\n" + text);
    std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_all);
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string ReadText(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline size_t CountLines(const std::filesystem::path& file) {
  const std::string text = ReadText(file);
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

template <typename T>
Task<void> KeepOutcome(Task<T> task, std::shared_ptr<std::optional<T>> outcome) {
  T value = co_await std::move(task);
  outcome->emplace(std::move(value));
}

// Starts `task`; its value is there once the loop has run for long enough.
template <typename T>
std::shared_ptr<std::optional<T>> Start(Task<T> task) {
  auto outcome = std::make_shared<std::optional<T>>();
  Spawn(KeepOutcome(std::move(task), outcome));
  return outcome;
}

// Turns the loop until `outcome` is there. The virtual clock stands still; a process has the real time that it needs.
template <typename T>
T Await(FakeLoop& loop, const std::shared_ptr<std::optional<T>>& outcome) {
  while (!outcome->has_value()) {
    loop.RunUntilIdle();
    std::this_thread::yield();
  }
  return **outcome;
}
template <typename T>
T Await(FakeLoop& loop, Task<T> task) {
  return Await(loop, Start(std::move(task)));
}

}  // namespace dso::kube
