#include "kube/kubeconfig_parser.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <stdexcept>

namespace dso::kube {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExecExtension = "client.authentication.k8s.io/exec";

// Thrown and caught in this file only, like yaml-cpp's own exceptions.
struct Malformed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A mapping of the file. `where` begins messages: `user "dev"`. No message repeats a value.
class Mapping {
 public:
  Mapping(YAML::Node node, std::string where) : node_(std::move(node)), where_(std::move(where)) {
    if (!IsAbsent(node_) && !node_.IsMap()) throw Malformed(where_ + " is not a mapping of names to values");
  }

  bool Has(const char* key) const { return !IsAbsent(At(key)); }

  std::string Text(const char* key) const {
    const YAML::Node value = At(key);
    if (IsAbsent(value)) return "";
    if (!value.IsScalar()) throw Malformed(fmt::format("{}: {} is not text", where_, key));
    return value.Scalar();
  }

  bool Flag(const char* key) const {
    const std::string text = Text(key);
    if (text != "" && text != "true" && text != "false") {
      throw Malformed(fmt::format("{}: {} is neither true nor false", where_, key));
    }
    return text == "true";
  }

  fs::path Path(const char* key, const fs::path& directory) const {
    const std::string text = Text(key);
    return text.empty() ? fs::path() : (directory / text).lexically_normal();
  }

  Mapping Child(const char* key) const { return Mapping(At(key), fmt::format("{}: {}", where_, key)); }

  std::vector<YAML::Node> List(const char* key) const {
    const YAML::Node value = At(key);
    if (IsAbsent(value)) return {};
    if (!value.IsSequence()) throw Malformed(fmt::format("{}: {} is not a list", where_, key));
    return {value.begin(), value.end()};
  }

  // The mappings in a list.
  std::vector<Mapping> Children(const char* key) const {
    std::vector<Mapping> children;
    for (const YAML::Node& node : List(key))
      children.emplace_back(node, fmt::format("{}: an entry of {}", where_, key));
    return children;
  }

  YAML::Node At(const char* key) const { return IsAbsent(node_) ? YAML::Node() : node_[key]; }

 private:
  static bool IsAbsent(const YAML::Node& node) { return !node.IsDefined() || node.IsNull(); }

  const YAML::Node node_;
  std::string where_;
};

// As YAML's core schema has it: what is quoted is text, what is plain may be a number, a boolean or null.
nlohmann::json ScalarToJson(const YAML::Node& node) {
  const bool is_quoted = node.Tag() == "!";
  if (!is_quoted && nlohmann::json::accept(node.Scalar())) return nlohmann::json::parse(node.Scalar());
  return node.Scalar();
}

nlohmann::json ToJson(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return nullptr;
  if (node.IsScalar()) return ScalarToJson(node);
  if (node.IsSequence()) {
    nlohmann::json array = nlohmann::json::array();
    for (const YAML::Node& item : node) array.push_back(ToJson(item));
    return array;
  }
  nlohmann::json object = nlohmann::json::object();
  for (const auto& member : node) object[member.first.Scalar()] = ToJson(member.second);
  return object;
}

KubeconfigCluster ReadCluster(const std::string& name, const Mapping& cluster, const fs::path& file) {
  const fs::path directory = file.parent_path();
  KubeconfigCluster read{.name = name,
                         .config_file = file,
                         .server = cluster.Text("server"),
                         .certificate_authority = cluster.Path("certificate-authority", directory),
                         .certificate_authority_data = cluster.Text("certificate-authority-data"),
                         .insecure_skip_tls_verify = cluster.Flag("insecure-skip-tls-verify"),
                         .tls_server_name = cluster.Text("tls-server-name"),
                         .proxy_url = cluster.Text("proxy-url")};
  for (const Mapping& extension : cluster.Children("extensions")) {
    if (extension.Text("name") == kExecExtension) read.exec_config = ToJson(extension.At("extension"));
  }
  return read;
}

KubeconfigExec ReadExec(const Mapping& exec, const fs::path& directory) {
  KubeconfigExec read{.command = exec.Text("command"),
                      .api_version = exec.Text("apiVersion"),
                      .interactive_mode = exec.Text("interactiveMode"),
                      .install_hint = exec.Text("installHint"),
                      .provide_cluster_info = exec.Flag("provideClusterInfo")};
  // A bare name is looked up in PATH.
  if (read.command.find('/') != read.command.npos) read.command = exec.Path("command", directory).string();
  for (const YAML::Node& argument : exec.List("args")) {
    if (!argument.IsScalar()) throw Malformed("exec: an entry of args is not text");
    read.args.push_back(argument.Scalar());
  }
  for (const Mapping& variable : exec.Children("env")) {
    read.env.emplace_back(variable.Text("name"), variable.Text("value"));
  }
  return read;
}

KubeconfigUser ReadUser(const std::string& name, const Mapping& user, const fs::path& file) {
  const fs::path directory = file.parent_path();
  KubeconfigUser read{.name = name,
                      .config_file = file,
                      .client_certificate = user.Path("client-certificate", directory),
                      .client_certificate_data = user.Text("client-certificate-data"),
                      .client_key = user.Path("client-key", directory),
                      .client_key_data = user.Text("client-key-data"),
                      .token = user.Text("token"),
                      .token_file = user.Path("tokenFile", directory),
                      .username = user.Text("username"),
                      .password = user.Text("password")};
  if (user.Has("exec")) read.exec = ReadExec(user.Child("exec"), directory);
  read.has_auth_provider = user.Has("auth-provider");
  for (const char* key : {"as", "as-uid", "as-groups", "as-user-extra"}) read.impersonates |= user.Has(key);
  return read;
}

KubeconfigContext ReadContext(const std::string& name, const Mapping& context, const fs::path& file) {
  return {.name = name,
          .config_file = file,
          .cluster = context.Text("cluster"),
          .user = context.Text("user"),
          .ns = context.Text("namespace")};
}

// clusters, users and contexts are lists of {name: …, <kind>: {…}}.
template <typename T, typename Read>
std::vector<T> ReadEntries(const Mapping& root, const char* list, const char* kind, const fs::path& file, Read read) {
  std::vector<T> entries;
  for (const Mapping& entry : root.Children(list)) {
    const std::string name = entry.Text("name");
    entries.push_back(read(name, Mapping(entry.At(kind), fmt::format("{} \"{}\"", kind, name)), file));
  }
  return entries;
}

Kubeconfig ReadKubeconfig(const YAML::Node& document, const fs::path& file) {
  const Mapping root(document, "the file");
  const std::string kind = root.Text("kind");
  if (!kind.empty() && kind != "Config") throw Malformed(fmt::format("it holds a {}, not a Config", kind));
  return {.files = {file},
          .current_context = root.Text("current-context"),
          .clusters = ReadEntries<KubeconfigCluster>(root, "clusters", "cluster", file, ReadCluster),
          .users = ReadEntries<KubeconfigUser>(root, "users", "user", file, ReadUser),
          .contexts = ReadEntries<KubeconfigContext>(root, "contexts", "context", file, ReadContext)};
}

template <typename T>
void MergeEntries(std::vector<T> from, std::vector<T>& into) {
  for (T& entry : from) {
    const auto has_its_name = [&entry](const T& other) { return other.name == entry.name; };
    if (std::none_of(into.begin(), into.end(), has_its_name)) into.push_back(std::move(entry));
  }
}

}  // namespace

Result<Kubeconfig> ParseKubeconfig(std::string_view yaml, const fs::path& file) {
  try {
    return ReadKubeconfig(YAML::Load(std::string(yaml)), file);
  } catch (const YAML::Exception& e) {
    // Only the place: yaml-cpp's messages may quote the text around the fault.
    const std::string place = e.mark.is_null() ? "" : fmt::format(": see line {}", e.mark.line + 1);
    return InvalidArgument(fmt::format("kubeconfig {} is not YAML{}", file.string(), place));
  } catch (const Malformed& e) {
    return InvalidArgument(fmt::format("kubeconfig {} cannot be used: {}", file.string(), e.what()));
  }
}

void Merge(Kubeconfig from, Kubeconfig& into) {
  into.files.insert(into.files.end(), from.files.begin(), from.files.end());
  if (into.current_context.empty()) into.current_context = std::move(from.current_context);
  MergeEntries(std::move(from.clusters), into.clusters);
  MergeEntries(std::move(from.users), into.users);
  MergeEntries(std::move(from.contexts), into.contexts);
}

}  // namespace dso::kube
