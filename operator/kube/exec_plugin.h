// Exec credential plugins: programs that print an ExecCredential (client.authentication.k8s.io/v1 or v1beta1), such as
// `aws eks get-token`. https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "base/task.h"
#include "kube/tls_source.h"

namespace dso::kube {

// What a plugin is told about the cluster if it asks for it (provideClusterInfo).
struct ExecCluster {
  std::string server;
  TlsSource tls;
  nlohmann::json config;  // of the cluster's extension client.authentication.k8s.io/exec; null if there is none
};

struct ExecConfig {
  std::string origin;  // for messages: `user "dev" of /etc/kubeconfig`
  std::string command;
  std::vector<std::string> args{};
  std::vector<std::pair<std::string, std::string>> env{};  // on top of our own environment
  std::string api_version{};
  std::string install_hint{};
  std::optional<ExecCluster> cluster{};
};

struct ExecCredential {
  std::string token{};                   // empty: none
  std::string client_certificate_pem{};  // empty: none
  std::string client_key_pem{};
  std::optional<WallTime> expires{};  // nullopt: when the server refuses it
};

// The value of KUBERNETES_EXEC_INFO. Reads the CA file if the plugin is told about the cluster.
Result<std::string> ExecInfo(const ExecConfig& config);

// Pure. No message repeats anything of `output`, which holds the credential.
Result<ExecCredential> ParseExecCredential(std::string_view output, std::string_view api_version);

inline constexpr milliseconds kExecTimeLimit = seconds(30);

// Loop thread only; the loop outlives it. Destruction kills a plugin that is still running: its Run() ends with
// kCancelled.
class ExecPlugin {
 public:
  ExecPlugin(Loop& loop, ExecConfig config, milliseconds time_limit)
      : loop_(loop), config_(std::move(config)), time_limit_(time_limit) {}

  // Runs the plugin on a thread of its own. One run at a time: await the end of the last before the next.
  // Errors are kUnauthenticated; they show the end of the plugin's standard error, never its standard output.
  Task<Result<ExecCredential>> Run();

 private:
  Loop& loop_;
  ExecConfig config_;
  milliseconds time_limit_;
  std::jthread runner_;
};

}  // namespace dso::kube
