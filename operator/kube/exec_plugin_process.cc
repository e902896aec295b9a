#include "kube/exec_plugin_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace dso::kube {
namespace {

constexpr size_t kMaxOutput = size_t{1} << 20;  // a token and a certificate are some kilobytes
constexpr size_t kMaxErrorTail = 1024;          // what a person reads of it
// The end of a child is no file descriptor that poll() knows before Linux 5.3, so it is asked for this often. Output
// wakes at once.
constexpr milliseconds kTick{20};

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() { Close(); }
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Error SystemError(std::string_view what, int error) {
  return Internal(fmt::format("{}: {}", what, std::generic_category().message(error)));
}

Result<Pipe> MakePipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return SystemError("cannot make a pipe", errno);
  Pipe pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // our end only: programs do not expect it of their standard output
  return pipe;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The child must not inherit which signals our threads block or ignore.
void ResetSignals(posix_spawnattr_t& attributes) {
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  sigset_t handled;
  sigemptyset(&handled);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&handled, signal);
  posix_spawnattr_setsigdefault(&attributes, &handled);
}

Result<pid_t> Start(const Process& process, int output, int error_output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, error_output, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  ResetSignals(attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, process.argv.front().c_str(), &actions, &attributes,
                                   Pointers(process.argv).data(), Pointers(process.environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return Internal(std::generic_category().message(error));
  return pid;
}

// Appends what is there to `text`; closes the descriptor at the end of the stream.
void Drain(FileDescriptor& from, std::string& text, size_t keep_last) {
  std::array<char, 4096> block;
  while (from.get() >= 0) {
    const ssize_t got = ::read(from.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return from.Close();
    text.append(block.data(), static_cast<size_t>(got));
    if (keep_last > 0 && text.size() > keep_last) text.erase(0, text.size() - keep_last);
    if (text.size() > kMaxOutput) return;
  }
}

std::string Printable(std::string text) {
  // The cut may have gone through a UTF-8 sequence: drop the rest of it.
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), continues));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text.substr(std::min(text.find_first_not_of(' '), text.size()));
}

class Child {
 public:
  Child(pid_t pid, FileDescriptor output, FileDescriptor error_output)
      : pid_(pid), output_(std::move(output)), error_output_(std::move(error_output)) {}

  ProcessOutcome Await(milliseconds time_limit, const std::stop_token& stop) {
    const auto deadline = std::chrono::steady_clock::now() + time_limit;
    while (true) {
      // A negative descriptor is one that poll() leaves out.
      std::array<pollfd, 2> streams{{{output_.get(), POLLIN, 0}, {error_output_.get(), POLLIN, 0}}};
      ::poll(streams.data(), streams.size(), static_cast<int>(kTick.count()));
      const bool ended = HasEnded();  // before the last reading, so that nothing written until then is missed
      ReadAll();
      if (outcome_.output.size() > kMaxOutput) return Kill(ProcessOutcome::End::kTooMuchOutput, ended);
      if (ended) return Finish();
      if (stop.stop_requested()) return Kill(ProcessOutcome::End::kCancelled, ended);
      if (std::chrono::steady_clock::now() >= deadline) return Kill(ProcessOutcome::End::kTimedOut, ended);
    }
  }

 private:
  bool HasEnded() {
    const pid_t reaped = ::waitpid(pid_, &wait_status_, WNOHANG);
    return reaped == pid_ || (reaped < 0 && errno != EINTR);
  }
  void ReadAll() {
    Drain(output_, outcome_.output, 0);
    Drain(error_output_, outcome_.error_tail, kMaxErrorTail);
  }
  ProcessOutcome Finish() {
    const bool signalled = WIFSIGNALED(wait_status_);
    outcome_.end = signalled ? ProcessOutcome::End::kSignalled : ProcessOutcome::End::kExited;
    outcome_.code = signalled ? WTERMSIG(wait_status_) : WEXITSTATUS(wait_status_);
    outcome_.error_tail = Printable(std::move(outcome_.error_tail));
    return std::move(outcome_);
  }
  ProcessOutcome Kill(ProcessOutcome::End reason, bool ended) {
    if (!ended) {
      ::kill(-pid_, SIGKILL);
      while (::waitpid(pid_, &wait_status_, 0) < 0 && errno == EINTR) continue;
    }
    ProcessOutcome outcome = Finish();
    outcome.end = reason;
    return outcome;
  }

  pid_t pid_;
  FileDescriptor output_;
  FileDescriptor error_output_;
  int wait_status_ = 0;
  ProcessOutcome outcome_;
};

}  // namespace

Result<ProcessOutcome> RunProcess(const Process& process, std::stop_token stop) {
  Result<Pipe> output = MakePipe();
  if (!output) return std::move(output).error();
  Result<Pipe> error_output = MakePipe();
  if (!error_output) return std::move(error_output).error();
  const Result<pid_t> pid = Start(process, output->write.get(), error_output->write.get());
  if (!pid) return pid.error();
  output->write.Close();
  error_output->write.Close();
  return Child(*pid, std::move(output->read), std::move(error_output->read)).Await(process.time_limit, stop);
}

}  // namespace dso::kube
