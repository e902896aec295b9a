// The choice of a context: from the names in a kubeconfig to the values that a transport needs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "kube/kubeconfig_base64.h"
#include "kube/kubeconfig_parser.h"

namespace dso::kube {
namespace {

namespace fs = std::filesystem;

// v1alpha1 was removed in Kubernetes 1.24.
constexpr std::array<std::string_view, 2> kExecVersions = {"client.authentication.k8s.io/v1",
                                                           "client.authentication.k8s.io/v1beta1"};
constexpr size_t kMostNamesShown = 20;

std::string OriginOf(std::string_view kind, const std::string& name, const fs::path& file) {
  return fmt::format("{} \"{}\" of {}", kind, name, file.string());
}

template <typename T>
std::string NamesOf(const std::vector<T>& entries) {
  if (entries.empty()) return "none";
  std::vector<std::string> names;
  for (const T& entry : entries) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  const size_t left_out = names.size() - std::min(names.size(), kMostNamesShown);
  names.resize(names.size() - left_out);
  return fmt::format("{}{}", fmt::join(names, ", "), left_out > 0 ? fmt::format(" and {} more", left_out) : "");
}

std::string FilesOf(const Kubeconfig& config) {
  std::vector<std::string> files;
  for (const fs::path& file : config.files) files.push_back(file.string());
  return fmt::format("{}", fmt::join(files, ", "));
}

template <typename T>
const T* Find(const std::vector<T>& entries, const std::string& name) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&name](const T& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

// `key` and `key`-data; the data wins.
Result<PemSource> PemOf(const std::string& origin, std::string_view key, const fs::path& file,
                        const std::string& data) {
  PemSource source{.origin = fmt::format("{}: {}", origin, key), .file = file};
  if (data.empty()) return source;
  source.origin += "-data";
  source.file.clear();
  Result<std::string> decoded = DecodeBase64(data);
  if (!decoded) {
    return std::move(decoded).error().WithContext(source.origin);
  }
  source.pem = *std::move(decoded);
  if (source.pem.empty()) return InvalidArgument(source.origin + " is empty once decoded");
  return source;
}

Status ResolveCluster(const KubeconfigCluster& cluster, ClusterAccess& access) {
  const std::string origin = OriginOf("cluster", cluster.name, cluster.config_file);
  if (!cluster.proxy_url.empty()) {
    return InvalidArgument(origin +
                           ": proxy-url is not supported: remove it and use an address that can be reached directly");
  }
  if (cluster.server.empty()) return InvalidArgument(origin + " has no server: write server: https://host:port");
  Result<http::Url> server = http::ParseUrl(cluster.server);
  if (!server) return std::move(server).error().WithContext(origin + ": server");
  Result<PemSource> ca =
      PemOf(origin, "certificate-authority", cluster.certificate_authority, cluster.certificate_authority_data);
  if (!ca) return std::move(ca).error();
  if (cluster.insecure_skip_tls_verify && !ca->empty()) {
    return InvalidArgument(origin +
                           " has both insecure-skip-tls-verify and a certificate-authority: remove one of them");
  }
  access.server = *std::move(server);
  access.tls.ca = *std::move(ca);
  access.tls.server_name = cluster.tls_server_name;
  access.tls.insecure_skip_verify = cluster.insecure_skip_tls_verify;
  return {};
}

Status ResolveClientCertificate(const KubeconfigUser& user, const std::string& origin, TlsSource& tls) {
  Result<PemSource> certificate =
      PemOf(origin, "client-certificate", user.client_certificate, user.client_certificate_data);
  if (!certificate) return std::move(certificate).error();
  Result<PemSource> key = PemOf(origin, "client-key", user.client_key, user.client_key_data);
  if (!key) return std::move(key).error();
  if (certificate->empty() != key->empty()) {
    return InvalidArgument(origin + " has only one of client-certificate and client-key: add the other");
  }
  tls.client_certificate = *std::move(certificate);
  tls.client_key = *std::move(key);
  return {};
}

Result<ExecConfig> ResolveExec(const KubeconfigExec& exec, const std::string& origin, const KubeconfigCluster& cluster,
                               const TlsSource& tls) {
  if (exec.command.empty()) return InvalidArgument(origin + ": exec has no command");
  if (std::find(kExecVersions.begin(), kExecVersions.end(), exec.api_version) == kExecVersions.end()) {
    return InvalidArgument(fmt::format("{}: exec has the apiVersion \"{}\", supported are {}: update the plugin",
                                       origin, exec.api_version, fmt::join(kExecVersions, " and ")));
  }
  if (exec.interactive_mode == "Always") {
    return InvalidArgument(origin +
                           ": exec has interactiveMode: Always, but nobody is there to answer: use "
                           "IfAvailable, Never or another user");
  }
  for (const auto& [name, value] : exec.env) {
    if (name.empty() || name.find('=') != name.npos) return InvalidArgument(origin + ": exec: env has an odd name");
  }
  ExecConfig config{.origin = origin,
                    .command = exec.command,
                    .args = exec.args,
                    .env = exec.env,
                    .api_version = exec.api_version,
                    .install_hint = exec.install_hint};
  if (exec.provide_cluster_info) {
    config.cluster = ExecCluster{.server = cluster.server, .tls = tls, .config = cluster.exec_config};
  }
  return config;
}

// The order is client-go's: a token file wins over a token, and all that is written down wins over an exec plugin.
Result<User> ResolveUser(const KubeconfigUser& user, const std::string& origin, const KubeconfigCluster& cluster,
                         const TlsSource& tls) {
  if (user.has_auth_provider) {
    return InvalidArgument(origin +
                           ": auth-provider was removed from Kubernetes in 1.26: use exec, see the plugin of your "
                           "cloud (gke-gcloud-auth-plugin, kubelogin)");
  }
  if (user.impersonates)
    return InvalidArgument(origin + ": impersonation (as, as-groups, …) is not supported: remove it");
  const bool has_token = !user.token.empty() || !user.token_file.empty();
  const bool has_password = !user.username.empty() || !user.password.empty();
  if (has_token && has_password) {
    return InvalidArgument(origin + " has both a token and a password: remove one of them");
  }
  if (!user.token_file.empty()) return User(TokenFileUser{.origin = origin + ": tokenFile", .file = user.token_file});
  if (!user.token.empty()) return User(TokenUser{user.token});
  if (has_password) return User(BasicUser{user.username, user.password});
  if (!tls.client_certificate.empty() || !user.exec) return User(AnonymousUser{});
  Result<ExecConfig> exec = ResolveExec(*user.exec, origin, cluster, tls);
  if (!exec) return std::move(exec).error();
  return User(*std::move(exec));
}

}  // namespace

Result<ClusterAccess> ResolveContext(const Kubeconfig& config, const std::string& wanted) {
  const std::string& name = wanted.empty() ? config.current_context : wanted;
  if (name.empty()) {
    return InvalidArgument(
        fmt::format("{} has no current-context: pass --context or run kubectl config use-context; "
                    "contexts: {}",
                    FilesOf(config), NamesOf(config.contexts)));
  }
  const KubeconfigContext* const context = Find(config.contexts, name);
  if (context == nullptr) {
    return InvalidArgument(
        fmt::format("there is no context \"{}\" in {}; contexts: {}", name, FilesOf(config), NamesOf(config.contexts)));
  }
  const std::string origin = OriginOf("context", name, context->config_file);
  const KubeconfigCluster* const cluster = Find(config.clusters, context->cluster);
  if (cluster == nullptr) {
    return InvalidArgument(fmt::format("{} refers to the cluster \"{}\", which does not exist; clusters: {}", origin,
                                       context->cluster, NamesOf(config.clusters)));
  }
  ClusterAccess access{.context = name};
  if (!context->ns.empty()) access.default_namespace = context->ns;
  if (Status resolved = ResolveCluster(*cluster, access); !resolved) return std::move(resolved).error();
  if (context->user.empty()) return access;

  const KubeconfigUser* const user = Find(config.users, context->user);
  if (user == nullptr) {
    return InvalidArgument(fmt::format("{} refers to the user \"{}\", which does not exist; users: {}", origin,
                                       context->user, NamesOf(config.users)));
  }
  const std::string user_origin = OriginOf("user", user->name, user->config_file);
  if (Status resolved = ResolveClientCertificate(*user, user_origin, access.tls); !resolved) {
    return std::move(resolved).error();
  }
  Result<User> identity = ResolveUser(*user, user_origin, *cluster, access.tls);
  if (!identity) return std::move(identity).error();
  access.user = *std::move(identity);
  return access;
}

}  // namespace dso::kube
