#include "cli/port_forward.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/cli/temporary_directory.h"

namespace dso::cli {
namespace {

using testing::HasSubstr;

constexpr milliseconds kLong = std::chrono::minutes(1);
constexpr const char* kPods =
    R"({"items": [{"metadata": {"name": "operator-0"}, "spec": {"containers": [{"ports": [{"name": "grpc", "containerPort": 9090}]}]},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]}}]})";

// A program called kubectl, first in PATH.
class PortForwardTest : public testing::Test {
 protected:
  PortForwardTest() : path_(std::getenv("PATH")) {
    ::setenv("PATH", (directory_.path().string() + ":" + path_).c_str(), 1);
  }
  ~PortForwardTest() override { ::setenv("PATH", path_.c_str(), 1); }

  // Writes its arguments, a line for each call, and its process id, and then does that for `get` and `port-forward`.
  void Kubectl(const std::string& get, const std::string& forward) {
    const std::string in = directory_.path().string();
    directory_.Write("pods.json", kPods);
    const std::string file = directory_.Write("kubectl", "#!/bin/sh\necho \"$@\" >>" + in +
                                                             "/calls\ncase \"$*\" in\n*port-forward*) echo $$ >" + in +
                                                             "/pid\n" + forward + " ;;\n*) " + get + " ;;\nesac\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  std::string PodsOutput() const { return "cat " + (directory_.path() / "pods.json").string(); }
  std::string Read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(directory_.path() / name).rdbuf();
    return text.str();
  }
  std::string Failure(milliseconds timeout = kLong, const std::stop_token& stop = {}) const {
    const auto forward = PortForward::Start({}, timeout, stop);
    return forward ? "(no error)" : forward.error().message;
  }

  test::TemporaryDirectory directory_;
  std::string path_;
};

constexpr const char* kForwards = "echo 'Forwarding from 127.0.0.1:40123 -> 9090'; exec tail -f /dev/null";

TEST_F(PortForwardTest, TakesThePortThatKubectlTellsAndEndsItAfterwards) {
  Kubectl(PodsOutput(), kForwards);
  const ForwardOptions options{
      .kubeconfig = "/etc/a kubeconfig", .context = "dev", .operator_namespace = "ops", .port = "grpc"};
  auto forward = PortForward::Start(options, kLong, {});
  ASSERT_TRUE(forward) << forward.error().message;
  EXPECT_EQ((*forward)->local_address(), "127.0.0.1:40123");
  EXPECT_EQ((*forward)->pod(), "ops/operator-0");
  const pid_t pid = std::stoi(Read("pid"));
  EXPECT_EQ(::kill(pid, 0), 0);
  forward->reset();
  EXPECT_NE(::kill(pid, 0), 0);
  EXPECT_EQ(
      Read("calls"),
      "--kubeconfig=/etc/a kubeconfig --context=dev --namespace=ops get pods --selector "
      "app.kubernetes.io/name=deepseek-operator --output=json\n"
      "--kubeconfig=/etc/a kubeconfig --context=dev --namespace=ops port-forward --address=127.0.0.1 pod/operator-0 "
      ":9090\n");
}

TEST_F(PortForwardTest, AKubectlThatDoesNotEndIsKilled) {
  Kubectl(PodsOutput(), std::string("trap '' TERM; ") + kForwards);  // what is ignored stays so through exec
  auto forward = PortForward::Start({}, kLong, {});
  ASSERT_TRUE(forward) << forward.error().message;
  const pid_t pid = std::stoi(Read("pid"));
  forward->reset();
  EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(PortForwardTest, WithoutKubectlSaysWhatToDo) {
  ::setenv("PATH", directory_.path().c_str(), 1);
  EXPECT_THAT(Failure(), HasSubstr("kubectl, which shows the way to the operator, cannot be started"));
  EXPECT_THAT(Failure(), HasSubstr("give --address HOST:PORT"));
}

TEST_F(PortForwardTest, KubectlsOwnWordsAreTold) {
  Kubectl("echo 'error: context \"dev\" does not exist' >&2; exit 1", kForwards);
  EXPECT_THAT(Failure(), HasSubstr("kubectl get pods: error: context \"dev\" does not exist"));
  Kubectl(
      "echo 'E1122 04:26:31 memcache.go:265] \"Unhandled\" err=\"Get \\\\\"http://x\\\\\": refused\"' >&2; echo no "
      "server >&2; exit 1",
      kForwards);
  EXPECT_THAT(Failure(), HasSubstr("kubectl get pods: no server; without"));
  Kubectl(PodsOutput(), "echo 'error: unable to forward port because pod is not running' >&2; exit 1");
  EXPECT_THAT(Failure(), HasSubstr("kubectl port-forward: error: unable to forward port because pod is not running"));
}

TEST_F(PortForwardTest, APodThatIsMissingIsSaid) {
  Kubectl("echo '{\"items\": []}'", kForwards);
  EXPECT_THAT(Failure(), HasSubstr("there is no pod of the operator in the namespace deepseek-operator-system"));
}

TEST_F(PortForwardTest, WaitsNoLongerThanItsTimeout) {
  Kubectl("exec tail -f /dev/null", kForwards);
  EXPECT_THAT(Failure(milliseconds(200)), HasSubstr("kubectl get pods has not answered in 200ms"));
  Kubectl(PodsOutput(), "exec tail -f /dev/null");
  EXPECT_THAT(Failure(milliseconds(500)), HasSubstr("give more with --timeout"));
}

TEST_F(PortForwardTest, AStopEndsTheWaiting) {
  Kubectl("exec tail -f /dev/null", kForwards);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(Failure(kLong, stop.get_token()), "interrupted");
}

}  // namespace
}  // namespace dso::cli
