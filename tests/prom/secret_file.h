// A file with a secret in it, as Kubernetes would mount one; it is removed with the object.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace dso::prom {

class SecretFile {
 public:
  explicit SecretFile(const std::string& content) {
    path_ = testing::TempDir() + "secret-XXXXXX";
    close(mkstemp(path_.data()));
    Write(content);
  }
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;
  ~SecretFile() { unlink(path_.c_str()); }

  void Write(const std::string& content) const { std::ofstream(path_, std::ios::binary) << content; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace dso::prom
