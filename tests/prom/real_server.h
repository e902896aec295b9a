// A Prometheus server of its own for a test program: started once on a free port over a temporary directory, backfilled
// with known samples, stopped at the end.
//
// The binary is $PROMETHEUS_BINARY or /usr/bin/prometheus; promtool is expected beside it.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/async.h"
#include "http/cpprest_transport.h"
#include "runtime/event_loop.h"

namespace dso::prom {

// A live loop on a thread of its own. What is used on the loop may be made and destroyed while no task runs.
class LiveLoop {
 public:
  LiveLoop() : thread_([this] { loop_.Run(); }) {}
  LiveLoop(const LiveLoop&) = delete;
  LiveLoop& operator=(const LiveLoop&) = delete;
  ~LiveLoop() {
    loop_.Stop();
    thread_.join();
  }

  Loop& loop() { return loop_; }

  // Runs `task` on the loop and waits for its result.
  template <typename T>
  T Run(Task<T> task) {
    std::promise<T> result;
    loop_.Post([&] { Spawn(Fulfil(std::move(task), &result)); });
    return result.get_future().get();
  }

 private:
  template <typename T>
  static Task<void> Fulfil(Task<T> task, std::promise<T>* result) {
    result->set_value(co_await std::move(task));
  }

  runtime::EventLoop loop_;
  std::thread thread_;
};

class RealPrometheus {
 public:
  static std::string Binary() {
    const char* configured = getenv("PROMETHEUS_BINARY");
    return configured != nullptr ? configured : "/usr/bin/prometheus";
  }
  static bool IsInstalled() { return access(Binary().c_str(), X_OK) == 0; }

  // `openmetrics`: what to backfill, in the OpenMetrics text format with timestamps.
  explicit RealPrometheus(const std::string& openmetrics) {
    directory_ = testing::TempDir() + "prometheus-XXXXXX";
    if (mkdtemp(directory_.data()) == nullptr) throw std::runtime_error("cannot make a temporary directory");
    Backfill(openmetrics);
    std::ofstream(directory_ + "/prometheus.yml") << "global: {}\n";
    port_ = FreePort();
    pid_ = Start({Binary(), "--config.file=" + directory_ + "/prometheus.yml",
                  "--storage.tsdb.path=" + directory_ + "/data", "--storage.tsdb.retention.time=15d",
                  "--web.listen-address=127.0.0.1:" + std::to_string(port_), "--log.level=error"});
    AwaitReady();
  }
  RealPrometheus(const RealPrometheus&) = delete;
  RealPrometheus& operator=(const RealPrometheus&) = delete;
  ~RealPrometheus() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  http::Url url() const { return {.scheme = "http", .host = "127.0.0.1", .port = port_, .path = ""}; }

 private:
  static constexpr std::chrono::seconds kReadyDeadline{60};

  static pid_t Start(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& argument : command) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
      // Does not outlive a test program that crashes.
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() == parent) execv(arguments[0], arguments.data());
      _exit(127);
    }
    return pid;
  }

  void Backfill(const std::string& openmetrics) const {
    const std::string input = directory_ + "/history.txt";
    std::ofstream(input) << openmetrics << "# EOF\n";
    const std::string promtool = std::filesystem::path(Binary()).parent_path() / "promtool";
    const pid_t pid =
        Start({promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", input, directory_ + "/data"});
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0) throw std::runtime_error("promtool could not backfill");
  }

  static int FreePort() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                       getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
    close(fd);
    if (!bound) throw std::runtime_error("no free port");
    return ntohs(address.sin_port);
  }

  void AwaitReady() const {
    LiveLoop live;
    const auto transport = http::CpprestTransport::Create(live.loop(), url(), {});
    if (!transport) throw std::runtime_error(transport.error().message);
    if (!live.Run(IsReady(live.loop(), **transport))) throw std::runtime_error("Prometheus did not become ready");
  }
  static Task<bool> IsReady(Loop& loop, http::HttpTransport& transport) {
    const SteadyTime deadline = loop.Now() + kReadyDeadline;
    while (loop.Now() < deadline) {
      http::Request request;
      request.target = "/-/ready";
      const Result<http::Response> response = co_await transport.Send(std::move(request), {});
      if (response.ok() && response->status == 200) co_return true;
      co_await Sleep(loop, milliseconds(100));
    }
    co_return false;
  }

  std::string directory_;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace dso::prom
