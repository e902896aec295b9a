#include "kube/kubeconfig_file.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace dso::kube {
namespace {

// A kubeconfig of a thousand clusters with inline certificates has 5 MB; /dev/zero must not fill the memory.
constexpr size_t kMaxBytes = size_t{16} << 20;

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error CannotRead(const std::filesystem::path& file, std::string_view what, int error) {
  return InvalidArgument(fmt::format("{} {} cannot be read: {}; check the path and the permissions", what,
                                     file.string(), std::generic_category().message(error)));
}

}  // namespace

Result<std::string> ReadSmallFile(const std::filesystem::path& file, std::string_view what) {
  const std::unique_ptr<std::FILE, Closer> stream(std::fopen(file.c_str(), "rbe"));
  if (!stream) return CannotRead(file, what, errno);
  std::string content;
  char block[16 * 1024];
  while (const size_t got = std::fread(block, 1, sizeof block, stream.get())) {
    content.append(block, got);
    if (content.size() > kMaxBytes) {
      return InvalidArgument(
          fmt::format("{} {} is larger than {} MiB: is it the right file?", what, file.string(), kMaxBytes >> 20));
    }
  }
  if (std::ferror(stream.get()) != 0) return CannotRead(file, what, errno);
  return content;
}

}  // namespace dso::kube
