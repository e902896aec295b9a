#include "kube/kubeconfig.h"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>
#include <vector>

#include "kube/kubeconfig_file.h"
#include "kube/kubeconfig_parser.h"

namespace dso::kube {
namespace {

namespace fs = std::filesystem;

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::vector<fs::path> SplitPathList(std::string_view list) {
  std::vector<fs::path> paths;
  while (!list.empty()) {
    const std::string_view path = list.substr(0, list.find(':'));
    list.remove_prefix(std::min(path.size() + 1, list.size()));
    if (!path.empty()) paths.emplace_back(path);
  }
  return paths;
}

// False also for what we may not look at: reading it then says why.
bool IsMissing(const fs::path& path) {
  std::error_code error;
  return fs::status(path, error).type() == fs::file_type::not_found;
}

Result<std::vector<fs::path>> FilesAt(const KubeconfigLocation& location) {
  if (!location.file.empty()) return std::vector{location.file};
  if (!location.variable.empty()) {
    std::vector<fs::path> files = SplitPathList(location.variable);
    std::erase_if(files, IsMissing);
    if (!files.empty()) return files;
    return InvalidArgument(fmt::format(
        "KUBECONFIG is \"{}\", but none of these files exists: correct it or pass --kubeconfig", location.variable));
  }
  const fs::path file = location.home / ".kube" / "config";
  if (!location.home.empty() && !IsMissing(file)) return std::vector{file};
  return InvalidArgument("there is no kubeconfig: pass --kubeconfig, set KUBECONFIG or write ~/.kube/config");
}

}  // namespace

KubeconfigLocation KubeconfigLocation::OfProcess(fs::path file) {
  return {.file = std::move(file), .variable = Variable("KUBECONFIG"), .home = Variable("HOME")};
}

Result<ClusterAccess> LoadKubeconfig(const KubeconfigLocation& location, const std::string& context) {
  const Result<std::vector<fs::path>> files = FilesAt(location);
  if (!files) return files.error();
  Kubeconfig merged;
  for (const fs::path& file : *files) {
    const Result<std::string> text = ReadSmallFile(file, "kubeconfig");
    if (!text) return text.error();
    Result<Kubeconfig> parsed = ParseKubeconfig(*text, fs::absolute(file));
    if (!parsed) return std::move(parsed).error();
    Merge(*std::move(parsed), merged);
  }
  return ResolveContext(merged, context);
}

}  // namespace dso::kube
