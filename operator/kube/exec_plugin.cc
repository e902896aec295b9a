#include "kube/exec_plugin.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "kube/exec_plugin_process.h"
#include "kube/kubeconfig_base64.h"

namespace dso::kube {
namespace {

using nlohmann::json;

constexpr std::string_view kExecInfoVariable = "KUBERNETES_EXEC_INFO";

Error Unauthenticated(std::string message) { return {ErrorCode::kUnauthenticated, std::move(message)}; }

// The text member `name` of `object`; nullopt if it is there and is no text.
std::optional<std::string> TextAt(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return std::nullopt;
  return found->get<std::string>();
}

// It becomes part of a header: a line break would add headers of its own.
bool IsHeaderSafe(std::string_view token) {
  return std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::vector<std::string> EnvironmentFor(const ExecConfig& config, const std::string& exec_info) {
  std::vector<std::pair<std::string, std::string>> added = config.env;
  added.emplace_back(kExecInfoVariable, exec_info);
  const auto is_replaced = [&added](std::string_view entry) {
    const std::string_view name = entry.substr(0, entry.find('='));
    return std::any_of(added.begin(), added.end(), [name](const auto& variable) { return variable.first == name; });
  };
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    if (!is_replaced(*entry)) environment.emplace_back(*entry);
  }
  for (const auto& [name, value] : added) environment.push_back(name + "=" + value);
  return environment;
}

Error CannotStart(const ExecConfig& config, const Error& why) {
  return Unauthenticated(fmt::format(
      "{}: cannot run the exec plugin \"{}\": {}; install it or correct users[].exec.command{}", config.origin,
      config.command, why.message, config.install_hint.empty() ? "" : ". " + config.install_hint));
}

Error CannotUse(const ExecConfig& config, std::string_view why, const std::string& error_output) {
  return Unauthenticated(fmt::format("{}: the exec plugin \"{}\" {}{}", config.origin, config.command, why,
                                     error_output.empty() ? "" : ": " + error_output));
}

Result<ExecCredential> CredentialOf(const ExecConfig& config, const ProcessOutcome& outcome, milliseconds time_limit) {
  const auto failed = [&](std::string_view why) { return CannotUse(config, why, outcome.error_tail); };
  switch (outcome.end) {
    case ProcessOutcome::End::kTimedOut:
      return failed(fmt::format("did not end within {} and was killed", FormatDuration(time_limit)));
    case ProcessOutcome::End::kCancelled: return Error{ErrorCode::kCancelled, "the exec plugin was stopped"};
    case ProcessOutcome::End::kTooMuchOutput: return failed("printed more than any credential has and was killed");
    case ProcessOutcome::End::kSignalled: return failed(fmt::format("was ended by signal {}", outcome.code));
    case ProcessOutcome::End::kExited: break;
  }
  if (outcome.code != 0) return failed(fmt::format("failed with exit status {}", outcome.code));
  Result<ExecCredential> credential = ParseExecCredential(outcome.output, config.api_version);
  if (!credential) return failed(credential.error().message);
  return credential;
}

}  // namespace

Result<std::string> ExecInfo(const ExecConfig& config) {
  json spec = {{"interactive", false}};
  if (config.cluster) {
    const ExecCluster& from = *config.cluster;
    json cluster = {{"server", from.server}};
    Result<std::string> ca = from.tls.ca.Read();
    if (!ca) return std::move(ca).error();
    if (!ca->empty()) cluster["certificate-authority-data"] = EncodeBase64(*ca);
    if (!from.tls.server_name.empty()) cluster["tls-server-name"] = from.tls.server_name;
    if (from.tls.insecure_skip_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!from.config.is_null()) cluster["config"] = from.config;
    spec["cluster"] = std::move(cluster);
  }
  const json info = {{"apiVersion", config.api_version}, {"kind", "ExecCredential"}, {"spec", std::move(spec)}};
  return info.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<ExecCredential> ParseExecCredential(std::string_view output, std::string_view api_version) {
  const json object = json::parse(output, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || TextAt(object, "kind") != "ExecCredential") {
    return Unauthenticated("printed no ExecCredential in JSON");
  }
  if (TextAt(object, "apiVersion") != api_version) {
    return Unauthenticated(
        fmt::format("printed an ExecCredential whose apiVersion is not {}, as users[].exec.apiVersion "
                    "has it: correct one of the two",
                    api_version));
  }
  const auto status = object.find("status");
  if (status == object.end() || !status->is_object())
    return Unauthenticated("printed an ExecCredential without status");

  const auto token = TextAt(*status, "token");
  const auto certificate = TextAt(*status, "clientCertificateData");
  const auto key = TextAt(*status, "clientKeyData");
  const auto expires = TextAt(*status, "expirationTimestamp");
  if (!token || !certificate || !key || !expires) {
    return Unauthenticated("printed an ExecCredential with a field in status that is not text");
  }
  if (certificate->empty() != key->empty()) {
    return Unauthenticated("printed only one of status.clientCertificateData and status.clientKeyData");
  }
  if (token->empty() && certificate->empty()) {
    return Unauthenticated("printed neither status.token nor status.clientCertificateData");
  }
  if (!IsHeaderSafe(*token)) return Unauthenticated("printed a status.token that an HTTP header cannot carry");
  ExecCredential credential{.token = *token, .client_certificate_pem = *certificate, .client_key_pem = *key};
  if (!expires->empty()) {
    const Result<WallTime> moment = ParseTime(*expires);
    if (!moment) return Unauthenticated("printed a status.expirationTimestamp that is not a time in RFC 3339");
    credential.expires = *moment;
  }
  return credential;
}

Task<Result<ExecCredential>> ExecPlugin::Run() {
  // Copies: after the wait this object may be gone.
  const ExecConfig config = config_;
  const milliseconds time_limit = time_limit_;
  Result<std::string> info = ExecInfo(config);
  if (!info) co_return Unauthenticated(info.error().message);

  Process process{.argv = {config.command}, .environment = EnvironmentFor(config, *info), .time_limit = time_limit};
  process.argv.insert(process.argv.end(), config.args.begin(), config.args.end());
  const Deferred<Result<ProcessOutcome>> ended;
  try {
    runner_ = std::jthread([&loop = loop_, ended, process = std::move(process)](std::stop_token stop) {
      auto outcome = std::make_shared<Result<ProcessOutcome>>(RunProcess(process, stop));
      loop.Post([ended, outcome] { ended.Set(std::move(*outcome)); });
    });
  } catch (const std::system_error& e) {
    co_return CannotStart(config, Internal(e.what()));
  }
  const Result<ProcessOutcome> outcome = co_await ended;
  if (!outcome) co_return CannotStart(config, outcome.error());
  co_return CredentialOf(config, *outcome, time_limit);
}

}  // namespace dso::kube
