// A way to an operator in a cluster: `kubectl port-forward` as a child process. kubectl brings the credentials, the
// proxies and the plugins that reach the cluster.
#pragma once

#include <sys/types.h>

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dso::cli {

struct ForwardOptions {
  std::string kubeconfig{};  // empty: kubectl's own choice
  std::string context{};
  std::string operator_namespace = "deepseek-operator-system";
  std::string port = "grpc";  // name of a container's port, or a number
};

class PortForward {
 public:
  // Finds a pod, starts kubectl and waits until it listens, for at most `timeout`. The error is a sentence that says
  // what to do; kCancelled after a stop. Call on a thread that lives as long as the process: kubectl ends with it,
  // however it ends.
  static Result<std::unique_ptr<PortForward>> Start(const ForwardOptions& options, milliseconds timeout,
                                                    std::stop_token stop);
  PortForward(const PortForward&) = delete;
  PortForward& operator=(const PortForward&) = delete;
  // Ends kubectl.
  ~PortForward();

  const std::string& pod() const { return pod_; }
  // "127.0.0.1:PORT"
  const std::string& local_address() const { return local_address_; }

 private:
  PortForward(std::string pod, pid_t pid, int output);
  Status AwaitListening(SteadyTime deadline, const std::stop_token& stop);

  std::string pod_;
  std::string local_address_{};
  pid_t pid_;
  int output_;  // of kubectl, which dies of writing once this is closed
};

}  // namespace dso::cli
