// The content of kubeconfigs: parsing, merging and the choice of a context. Reads no file that a kubeconfig names.
// Pure, thread-safe.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kube/kubeconfig.h"

namespace dso::kube {

// The fields keep the names that they have in the file. Paths are absolute; base64 is not decoded yet, so that a broken
// entry does not matter to those who use another one.

struct KubeconfigCluster {
  std::string name;
  std::filesystem::path config_file{};
  std::string server{};
  std::filesystem::path certificate_authority{};
  std::string certificate_authority_data{};
  bool insecure_skip_tls_verify = false;
  std::string tls_server_name{};
  std::string proxy_url{};
  nlohmann::json exec_config{};  // extension client.authentication.k8s.io/exec; null if there is none
};

struct KubeconfigExec {
  std::string command{};  // with a slash: absolute
  std::vector<std::string> args{};
  std::vector<std::pair<std::string, std::string>> env{};
  std::string api_version{};
  std::string interactive_mode{};
  std::string install_hint{};
  bool provide_cluster_info = false;
};

struct KubeconfigUser {
  std::string name;
  std::filesystem::path config_file{};
  std::filesystem::path client_certificate{};
  std::string client_certificate_data{};
  std::filesystem::path client_key{};
  std::string client_key_data{};
  std::string token{};
  std::filesystem::path token_file{};
  std::string username{};
  std::string password{};
  std::optional<KubeconfigExec> exec{};
  bool has_auth_provider = false;
  bool impersonates = false;
};

struct KubeconfigContext {
  std::string name;
  std::filesystem::path config_file{};
  std::string cluster{};
  std::string user{};
  std::string ns{};
};

struct Kubeconfig {
  std::vector<std::filesystem::path> files{};  // that it was read from
  std::string current_context{};
  std::vector<KubeconfigCluster> clusters{};
  std::vector<KubeconfigUser> users{};
  std::vector<KubeconfigContext> contexts{};
};

// `file` is absolute; it appears in messages and its directory is the base of relative paths.
Result<Kubeconfig> ParseKubeconfig(std::string_view yaml, const std::filesystem::path& file);

// Adds to `into` what it does not have yet.
void Merge(Kubeconfig from, Kubeconfig& into);

// An empty `context` means the current one.
Result<ClusterAccess> ResolveContext(const Kubeconfig& config, const std::string& context);

}  // namespace dso::kube
