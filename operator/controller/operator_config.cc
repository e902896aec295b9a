#include "controller/operator_config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>
#include <optional>
#include <set>

#include "api/text_patterns.h"
#include "base/decimal.h"
#include "http/server.h"

namespace dso::controller {
namespace {

constexpr milliseconds kShortestSyncPeriod = seconds(1);  // Prometheus scrapes no faster
constexpr milliseconds kLongestSyncPeriod = std::chrono::minutes(10);
constexpr int kMostConcurrentReconciles = 1024;
constexpr int kAnyCount = std::numeric_limits<int>::max();  // prom::Validate knows the limit
constexpr std::streamsize kLargestFile = 1 << 20;
// Levenshtein's distance.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row.back();
}

std::string_view Nearest(std::string_view key, const std::vector<std::string_view>& known) {
  return *std::min_element(known.begin(), known.end(), [key](std::string_view a, std::string_view b) {
    return EditDistance(key, a) < EditDistance(key, b);
  });
}

// The first error found in a document; reading goes on with defaults after it, so that no step has to check the one
// before.
class Findings {
 public:
  explicit Findings(std::string_view file) : file_(file) {}

  void Add(const YAML::Mark& where, std::string_view what) {
    if (first_) return;
    first_ = where.is_null() ? InvalidArgument(fmt::format("{}: {}", file_, what))
                             : InvalidArgument(fmt::format("{}:{}: {}", file_, where.line + 1, what));
  }
  const std::optional<Error>& first() const { return first_; }

 private:
  std::string file_;
  std::optional<Error> first_;
};

// One mapping of the document: ask for every key that it may have, then refuse the others.
class Mapping {
 public:
  Mapping(const YAML::Node& node, std::string path, Findings& findings)
      : node_(node), path_(std::move(path)), findings_(findings) {
    if (node_.IsMap()) return;
    findings_.Add(node_.Mark(),
                  fmt::format("{} must be a mapping of keys to values", path_.empty() ? "the configuration" : path_));
    node_.reset(YAML::Node(YAML::NodeType::Map));
  }

  // The node of a key; nothing if the key is absent. Keys are asked for by literals.
  std::optional<YAML::Node> Find(std::string_view key) {
    asked_.push_back(key);
    for (const auto& entry : node_) {
      if (entry.first.IsScalar() && entry.first.Scalar() == key) return entry.second;
    }
    return std::nullopt;
  }

  // Reads a scalar through `parse`, a function from text to Result<T>, into `field`; leaves it alone if the key is
  // absent.
  template <typename T, typename Parse>
  void Read(std::string_view key, T& field, Parse parse) {
    const std::optional<YAML::Node> node = Find(key);
    if (!node) return;
    if (!node->IsScalar()) {
      return findings_.Add(node->Mark(), fmt::format("{} needs a single value; give it one or remove it", Path(key)));
    }
    auto value = parse(node->Scalar());
    if (!value) return findings_.Add(node->Mark(), fmt::format("{}: {}", Path(key), value.error().message));
    field = *std::move(value);
  }

  void RefuseOtherKeys() {
    std::set<std::string> seen;
    for (const auto& entry : node_) {
      const YAML::Node& key_node = entry.first;
      const std::string key = key_node.IsScalar() ? key_node.Scalar() : "(not a word)";
      if (!seen.insert(key).second) {
        findings_.Add(key_node.Mark(), fmt::format("{} is set twice; keep one of the two", Path(key)));
      }
      if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
      findings_.Add(key_node.Mark(), fmt::format("unknown key {}; did you mean {}? Known here: {}", Path(key),
                                                 Nearest(key, asked_), fmt::join(asked_, ", ")));
    }
  }

  std::string Path(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
  }
  Findings& findings() { return findings_; }

 private:
  YAML::Node node_;
  std::string path_;
  Findings& findings_;
  std::vector<std::string_view> asked_;
};

Result<std::string> ParseText(const std::string& text) {
  if (text.empty()) return InvalidArgument("it is empty; give it a value or remove the key");
  return text;
}

Result<bool> ParseBool(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return InvalidArgument(fmt::format("\"{}\" is neither true nor false", text));
}

auto IntegerWithin(int least, int most) {
  return [least, most](const std::string& text) -> Result<int> {
    int value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code == std::errc() && end == text.data() + text.size() && value >= least && value <= most) return value;
    return InvalidArgument(fmt::format("\"{}\" is not a whole number from {} to {}", text, least, most));
  };
}

Result<milliseconds> ParseSyncPeriod(const std::string& text) {
  auto period = ParseDuration(text);
  if (!period) return period;
  if (*period >= kShortestSyncPeriod && *period <= kLongestSyncPeriod) return period;
  return InvalidArgument(fmt::format("{} is out of range; use {} to {}", text, FormatDuration(kShortestSyncPeriod),
                                     FormatDuration(kLongestSyncPeriod)));
}

Result<std::string> ParseListen(const std::string& text) {
  auto address = http::ParseListenAddress(text);
  if (!address) return std::move(address).error();
  return address->ToString();
}

constexpr size_t kLongestName = 253;  // of an object

Result<std::string> ParseObjectName(const std::string& text) {
  if (text.size() <= kLongestName && api::IsDnsSubdomain(text)) return text;
  return InvalidArgument(
      fmt::format("\"{}\" is not the name of an object: use lower-case letters, digits, '-' and '.', at most {}", text,
                  kLongestName));
}

Result<std::string> ParseNamespaceOrNothing(const std::string& text) {
  if (text.empty()) return text;
  if (Status valid = ValidateNamespaces({text}); !valid) return std::move(valid).error();
  return text;
}

prom::BasicAuth ReadBasicAuth(Mapping mapping) {
  prom::BasicAuth basic;
  mapping.Read("username", basic.username, ParseText);
  mapping.Read("usernameFile", basic.username_file, ParseText);
  mapping.Read("passwordFile", basic.password_file, ParseText);
  mapping.RefuseOtherKeys();
  return basic;
}

void ReadHeaders(const YAML::Node& node, const std::string& path, Findings& findings, http::Headers& headers) {
  if (!node.IsMap()) return findings.Add(node.Mark(), fmt::format("{} must be a mapping of names to values", path));
  for (const auto& entry : node) {
    const YAML::Node& name = entry.first;
    const YAML::Node& value = entry.second;
    if (!name.IsScalar() || !value.IsScalar()) {
      return findings.Add(name.Mark(), fmt::format("{} must map each header's name to one text", path));
    }
    if (!headers.emplace(name.Scalar(), value.Scalar()).second) {
      return findings.Add(name.Mark(), fmt::format("{}: {} is set twice; keep one of the two", path, name.Scalar()));
    }
  }
}

prom::ServerConfig ReadServer(Mapping mapping) {
  prom::ServerConfig server;
  mapping.Read("name", server.name, ParseText);
  mapping.Read("url", server.url, ParseText);
  mapping.Read("bearerTokenFile", server.bearer_token_file, ParseText);
  if (const auto basic = mapping.Find("basicAuth")) {
    server.basic_auth = ReadBasicAuth({*basic, mapping.Path("basicAuth"), mapping.findings()});
  }
  mapping.Read("caFile", server.ca_file, ParseText);
  if (const auto headers = mapping.Find("headers")) {
    ReadHeaders(*headers, mapping.Path("headers"), mapping.findings(), server.headers);
  }
  mapping.Read("allowCustomQueries", server.allow_custom_queries, ParseBool);
  mapping.Read("timeout", server.timeout, ParseDuration);
  mapping.Read("namespaceLabel", server.labels.namespace_label, ParseText);
  mapping.Read("serviceLabel", server.labels.service_label, ParseText);
  mapping.Read("maxConcurrentQueries", server.max_concurrent_queries, IntegerWithin(1, kAnyCount));
  mapping.RefuseOtherKeys();
  return server;
}

const prom::ServerConfig* FindExactly(const OperatorConfig& config, std::string_view name) {
  const auto found = std::find_if(config.prometheus.begin(), config.prometheus.end(),
                                  [name](const prom::ServerConfig& server) { return server.name == name; });
  return found == config.prometheus.end() ? nullptr : &*found;
}

Status AddServer(OperatorConfig& config, prom::ServerConfig server) {
  if (Status valid = prom::Validate(server); !valid) return valid;
  if (FindExactly(config, server.name) != nullptr) {
    return InvalidArgument(
        fmt::format("the Prometheus server \"{}\" is configured twice; rename or remove one of the two", server.name));
  }
  config.prometheus.push_back(std::move(server));
  return {};
}

void ReadServers(const YAML::Node& node, Findings& findings, OperatorConfig& config) {
  if (!node.IsSequence()) {
    return findings.Add(node.Mark(), "prometheus must be a list of servers, each with a name and a url");
  }
  for (size_t i = 0; i < node.size(); ++i) {
    prom::ServerConfig server = ReadServer({node[i], fmt::format("prometheus[{}]", i), findings});
    if (Status added = AddServer(config, std::move(server)); !added)
      findings.Add(node[i].Mark(), added.error().message);
  }
}

std::vector<std::string> ReadNames(const YAML::Node& node, const std::string& path, Findings& findings) {
  std::vector<std::string> names;
  if (!node.IsSequence()) findings.Add(node.Mark(), fmt::format("{} must be a list", path));
  for (size_t i = 0; node.IsSequence() && i < node.size(); ++i) {
    if (!node[i].IsScalar()) findings.Add(node[i].Mark(), fmt::format("{}[{}] must be a name", path, i));
    names.push_back(node[i].IsScalar() ? node[i].Scalar() : "");
  }
  return names;
}

rpc::ForecasterTls ReadForecasterTls(Mapping mapping) {
  rpc::ForecasterTls tls;
  mapping.Read("caFile", tls.ca_file, ParseText);
  mapping.Read("certFile", tls.cert_file, ParseText);
  mapping.Read("keyFile", tls.key_file, ParseText);
  mapping.RefuseOtherKeys();
  return tls;
}

rpc::ForecasterConfig ReadForecaster(Mapping mapping) {
  rpc::ForecasterConfig forecaster;
  mapping.Read("name", forecaster.name, ParseText);
  mapping.Read("address", forecaster.address, ParseText);
  if (const auto tls = mapping.Find("tls")) {
    forecaster.tls = ReadForecasterTls({*tls, mapping.Path("tls"), mapping.findings()});
  }
  mapping.Read("plaintext", forecaster.plaintext, ParseBool);
  mapping.Read("timeout", forecaster.timeout, ParseDuration);
  mapping.Read("fitTimeout", forecaster.fit_timeout, ParseDuration);
  mapping.Read("refitInterval", forecaster.refit_interval, ParseDuration);
  mapping.Read("maxConcurrentRequests", forecaster.max_concurrent_requests, IntegerWithin(1, kAnyCount));
  if (const auto namespaces = mapping.Find("namespaces")) {
    forecaster.namespaces = ReadNames(*namespaces, mapping.Path("namespaces"), mapping.findings());
  }
  mapping.RefuseOtherKeys();
  return forecaster;
}

void ReadForecasters(const YAML::Node& node, Findings& findings, OperatorConfig& config) {
  if (!node.IsSequence()) {
    return findings.Add(node.Mark(), "forecasters must be a list, each with a name and an address");
  }
  for (size_t i = 0; i < node.size(); ++i) {
    rpc::ForecasterConfig forecaster = ReadForecaster({node[i], fmt::format("forecasters[{}]", i), findings});
    if (Status valid = rpc::Validate(forecaster); !valid) {
      findings.Add(node[i].Mark(), valid.error().message);
    }
    const bool is_twice = std::any_of(config.forecasters.begin(), config.forecasters.end(),
                                      [&](const auto& other) { return other.name == forecaster.name; });
    if (is_twice) {
      findings.Add(node[i].Mark(), fmt::format("the forecaster \"{}\" is configured twice; rename or remove one of "
                                               "the two",
                                               forecaster.name));
    }
    config.forecasters.push_back(std::move(forecaster));
  }
}

LeaderElection ReadLeaderElection(Mapping mapping) {
  LeaderElection election;
  mapping.Read("enabled", election.enabled, ParseBool);
  mapping.Read("leaseName", election.lease_name, ParseObjectName);
  mapping.Read("leaseNamespace", election.lease_namespace, ParseNamespaceOrNothing);
  mapping.RefuseOtherKeys();
  return election;
}

rpc::ServerTls ReadRpcTls(Mapping mapping) {
  rpc::ServerTls tls;
  mapping.Read("certFile", tls.cert_file, ParseText);
  mapping.Read("keyFile", tls.key_file, ParseText);
  mapping.Read("clientCaFile", tls.client_ca_file, ParseText);
  mapping.RefuseOtherKeys();
  return tls;
}

rpc::ServerOptions ReadRpc(Mapping mapping, const YAML::Mark& mark) {
  rpc::ServerOptions options;
  mapping.Read("listenAddress", options.listen_address, rpc::ParseRpcAddress);
  if (const auto tls = mapping.Find("tls")) {
    options.tls = ReadRpcTls({*tls, mapping.Path("tls"), mapping.findings()});
  }
  if (const auto audiences = mapping.Find("tokenAudiences")) {
    options.audiences = ReadNames(*audiences, mapping.Path("tokenAudiences"), mapping.findings());
  }
  mapping.Read("requestsPerSecond", options.limits.requests_per_second, IntegerWithin(1, kAnyCount));
  mapping.Read("streamsPerClient", options.limits.streams_per_client, IntegerWithin(1, kAnyCount));
  mapping.Read("streams", options.limits.streams, IntegerWithin(1, kAnyCount));
  mapping.RefuseOtherKeys();
  if (Status valid = rpc::Validate(options); !valid) mapping.findings().Add(mark, "rpc." + valid.error().message);
  return options;
}

void ReadNamespaces(const YAML::Node& node, Findings& findings, OperatorConfig& config) {
  if (!node.IsSequence()) {
    return findings.Add(node.Mark(), "watchNamespaces must be a list of namespaces; remove it to watch all");
  }
  for (size_t i = 0; i < node.size(); ++i) {
    if (!node[i].IsScalar()) {
      return findings.Add(node[i].Mark(), fmt::format("watchNamespaces[{}] must be the name of a namespace", i));
    }
    config.watch_namespaces.push_back(node[i].Scalar());
    if (Status valid = ValidateNamespaces(config.watch_namespaces); !valid) {
      return findings.Add(node[i].Mark(), fmt::format("watchNamespaces[{}]: {}", i, valid.error().message));
    }
  }
}

OperatorConfig ReadConfig(Mapping mapping) {
  OperatorConfig config;
  mapping.Read("syncPeriod", config.sync_period, ParseSyncPeriod);
  mapping.Read("listenAddress", config.listen_address, ParseListen);
  mapping.Read("logLevel", config.log_level, ParseLogLevel);
  mapping.Read("logFormat", config.log_format, ParseLogFormat);
  mapping.Read("maxConcurrentReconciles", config.max_concurrent_reconciles,
               IntegerWithin(1, kMostConcurrentReconciles));
  if (const auto node = mapping.Find("leaderElection")) {
    config.leader_election = ReadLeaderElection({*node, mapping.Path("leaderElection"), mapping.findings()});
  }
  if (const auto node = mapping.Find("watchNamespaces")) ReadNamespaces(*node, mapping.findings(), config);
  if (const auto node = mapping.Find("rpc")) {
    config.rpc = ReadRpc({*node, mapping.Path("rpc"), mapping.findings()}, node->Mark());
  }
  if (const auto node = mapping.Find("prometheus")) ReadServers(*node, mapping.findings(), config);
  if (const auto node = mapping.Find("forecasters")) ReadForecasters(*node, mapping.findings(), config);
  mapping.RefuseOtherKeys();
  return config;
}

}  // namespace

Result<OperatorConfig> ParseOperatorConfig(const std::string& text, std::string_view file) {
  Findings findings(file);
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty() || (documents.size() == 1 && documents.front().IsNull())) return OperatorConfig();
    if (documents.size() > 1) {
      return InvalidArgument(fmt::format("{}: it holds several YAML documents; put all settings into one", file));
    }
    OperatorConfig config = ReadConfig({documents.front(), "", findings});
    if (findings.first()) return *findings.first();
    return config;
  } catch (const YAML::Exception& e) {
    findings.Add(e.mark, fmt::format("it is not valid YAML: {}", e.msg));
    return *findings.first();
  }
}

Result<OperatorConfig> LoadOperatorConfig(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied;
    return Error{code, fmt::format("the configuration {} cannot be read: {}", path, std::strerror(errno))};
  }
  if (file.gcount() > kLargestFile) {
    return InvalidArgument(fmt::format("{} is larger than 1 MiB: is it the operator's configuration?", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return ParseOperatorConfig(text, path);
}

Status AddPrometheusFlag(OperatorConfig& config, std::string_view name_and_url) {
  const size_t equals = name_and_url.find('=');
  if (equals == name_and_url.npos) {
    return InvalidArgument("--prometheus needs NAME=URL, such as default=http://prometheus.monitoring:9090");
  }
  prom::ServerConfig server;
  server.name = name_and_url.substr(0, equals);
  server.url = name_and_url.substr(equals + 1);
  Status added = AddServer(config, std::move(server));
  if (added) return added;
  return std::move(added).error().WithContext("--prometheus");
}

Status SetRpcListenFlag(OperatorConfig& config, const std::string& address) {
  rpc::ServerOptions options = config.rpc.value_or(rpc::ServerOptions());
  options.listen_address = address;
  if (Status valid = rpc::Validate(options); !valid) return std::move(valid).error().WithContext("--rpc-listen");
  config.rpc = std::move(options);
  return {};
}

Status ValidateNamespaces(const std::vector<std::string>& namespaces) {
  std::set<std::string> seen;
  for (const std::string& ns : namespaces) {
    if (ns.size() > api::kMaxLabelLength || !api::IsDnsLabel(ns)) {
      return InvalidArgument(
          fmt::format("\"{}\" is not the name of a namespace: use lower-case letters, digits and '-', at most {}, with "
                      "a letter or digit at both ends",
                      ns, api::kMaxLabelLength));
    }
    if (!seen.insert(ns).second) {
      return InvalidArgument(fmt::format("the namespace \"{}\" is named twice; remove one of the two", ns));
    }
  }
  return {};
}

Status SetWatchNamespacesFlag(OperatorConfig& config, std::vector<std::string> namespaces) {
  if (Status valid = ValidateNamespaces(namespaces); !valid) {
    return std::move(valid).error().WithContext("--watch-namespaces");
  }
  config.watch_namespaces = std::move(namespaces);
  return {};
}

}  // namespace dso::controller
