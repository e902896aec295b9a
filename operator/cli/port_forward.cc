#include "cli/port_forward.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/operator_pods.h"
#include "cli/view.h"
#include "kube/exec_plugin_process.h"

namespace dso::cli {
namespace {

using kube::ProcessOutcome;

constexpr const char* kSelector = "app.kubernetes.io/name=deepseek-operator";
constexpr milliseconds kTick{20};
constexpr milliseconds kGrace{2000};  // for kubectl to end
constexpr size_t kMaxOutput = 16 * 1024;
constexpr std::string_view kWithout = "; without kubectl: give --address HOST:PORT";

Error Failure(ErrorCode code, std::string message) {
  return {.code = code, .message = std::move(message), .retry_after = {}};
}

Error Cancelled() { return Failure(ErrorCode::kCancelled, "interrupted"); }

std::vector<std::string> Kubectl(const ForwardOptions& options, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"kubectl"};
  if (!options.kubeconfig.empty()) argv.push_back("--kubeconfig=" + options.kubeconfig);
  if (!options.context.empty()) argv.push_back("--context=" + options.context);
  argv.push_back("--namespace=" + options.operator_namespace);
  argv.insert(argv.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  return argv;
}

std::vector<std::string> Environment() {
  std::vector<std::string> environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  return environment;
}

// What kubectl says in the end, without the log that its library writes before: E1122 04:26:31 … err="…".
std::string WordsOf(const std::string& error_output) {
  size_t at = error_output.rfind("err=\"");
  if (at == error_output.npos) return error_output;
  at += 5;
  while (at < error_output.size() && !(error_output[at] == '"' && error_output[at - 1] != '\\')) ++at;
  const size_t begin = error_output.find_first_not_of("\" ", at);
  return begin == error_output.npos ? error_output : error_output.substr(begin);
}

Result<OperatorPod> FindPod(const ForwardOptions& options, milliseconds timeout, const std::stop_token& stop) {
  const kube::Process process{.argv = Kubectl(options, {"get", "pods", "--selector", kSelector, "--output=json"}),
                              .environment = Environment(),
                              .time_limit = timeout};
  Result<ProcessOutcome> outcome = kube::RunProcess(process, stop);
  if (!outcome) {
    return Failure(ErrorCode::kUnavailable,
                   fmt::format("kubectl, which shows the way to the operator, cannot be started: {}{}",
                               outcome.error().message, kWithout));
  }
  switch (outcome->end) {
    case ProcessOutcome::End::kCancelled: return Cancelled();
    case ProcessOutcome::End::kTimedOut:
      return Failure(
          ErrorCode::kDeadlineExceeded,
          fmt::format("kubectl get pods has not answered in {}: is the cluster reachable? Give more with --timeout",
                      FormatDuration(timeout)));
    case ProcessOutcome::End::kTooMuchOutput: return Internal("kubectl get pods says more than 1 MiB");
    default: break;
  }
  if (outcome->end != ProcessOutcome::End::kExited || outcome->code != 0) {
    return Failure(ErrorCode::kUnavailable,
                   fmt::format("kubectl get pods: {}{}", WordsOf(outcome->error_tail), kWithout));
  }
  return ChooseOperatorPod(outcome->output, options.port, options.operator_namespace);
}

struct Child {
  pid_t pid = -1;
  int output = -1;
};

// fork() and not posix_spawn(), which knows no PR_SET_PDEATHSIG. Between fork() and exec() only what is
// async-signal-safe.
Result<Child> Spawn(std::vector<std::string> argv) {
  std::vector<char*> pointers;
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return Internal("cannot make a pipe: " + std::generic_category().message(errno));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setpgid(0, 0);  // a Ctrl-C of the terminal is for us: we end kubectl
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execvp(pointers[0], pointers.data());
    ::_exit(127);
  }
  const int error = errno;
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return Internal("cannot start kubectl: " + std::generic_category().message(error));
  }
  return Child{.pid = pid, .output = ends[0]};
}

// "127.0.0.1:40123" of "Forwarding from 127.0.0.1:40123 -> 9090\n"; empty until the line is there.
std::string ListeningAddress(std::string_view output) {
  constexpr std::string_view kBegin = "Forwarding from ";
  const size_t begin = output.find(kBegin);
  if (begin == output.npos) return "";
  const std::string_view rest = output.substr(begin + kBegin.size());
  const size_t end = rest.find(" -> ");
  return end == rest.npos ? "" : std::string(rest.substr(0, end));
}

}  // namespace

PortForward::PortForward(std::string pod, pid_t pid, int output) : pod_(std::move(pod)), pid_(pid), output_(output) {}

PortForward::~PortForward() {
  ::kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + kGrace;
  while (::waitpid(pid_, nullptr, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() >= deadline) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
      break;
    }
    std::this_thread::sleep_for(kTick);
  }
  ::close(output_);
}

Status PortForward::AwaitListening(SteadyTime deadline, const std::stop_token& stop) {
  std::string said;
  while (true) {
    pollfd output{output_, POLLIN, 0};
    ::poll(&output, 1, static_cast<int>(kTick.count()));
    if (stop.stop_requested()) return Cancelled();
    if (output.revents != 0) {
      std::array<char, 1024> block;
      const ssize_t got = ::read(output_, block.data(), block.size());
      if (got == 0 || said.size() > kMaxOutput) {
        return Failure(ErrorCode::kUnavailable, fmt::format("kubectl port-forward: {}{}", Printable(said), kWithout));
      }
      if (got > 0) said.append(block.data(), static_cast<size_t>(got));
      local_address_ = ListeningAddress(said);
      if (!local_address_.empty()) return {};
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      return Failure(ErrorCode::kDeadlineExceeded,
                     "kubectl port-forward does not listen in time; give more with --timeout");
    }
  }
}

Result<std::unique_ptr<PortForward>> PortForward::Start(const ForwardOptions& options, milliseconds timeout,
                                                        std::stop_token stop) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
  Result<OperatorPod> pod = FindPod(options, timeout, stop);
  if (!pod) return std::move(pod).error();
  Result<Child> child = Spawn(
      Kubectl(options, {"port-forward", "--address=127.0.0.1", "pod/" + pod->name, fmt::format(":{}", pod->port)}));
  if (!child) return std::move(child).error();
  std::unique_ptr<PortForward> forward(
      new PortForward(fmt::format("{}/{}", options.operator_namespace, pod->name), child->pid, child->output));
  if (Status listening = forward->AwaitListening(deadline, stop); !listening) return std::move(listening).error();
  return forward;
}

}  // namespace dso::cli
