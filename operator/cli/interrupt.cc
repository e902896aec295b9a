#include "cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace dso::cli {
namespace {

sigset_t Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

Interrupt::Interrupt() : wake_(::eventfd(0, EFD_CLOEXEC)) {
  const sigset_t signals = Signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  listener_ = std::thread(&Interrupt::Listen, this);
}

Interrupt::~Interrupt() {
  ::eventfd_write(wake_, 1);
  listener_.join();
  ::close(wake_);
  const sigset_t signals = Signals();
  ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void Interrupt::Listen() {
  const sigset_t signals = Signals();
  const int source = ::signalfd(-1, &signals, SFD_CLOEXEC);
  std::array<pollfd, 2> ends{{{source, POLLIN, 0}, {wake_, POLLIN, 0}}};
  while (::poll(ends.data(), ends.size(), -1) < 0) continue;
  if ((ends[0].revents & POLLIN) != 0) {
    signalfd_siginfo info{};
    [[maybe_unused]] const ssize_t got = ::read(source, &info, sizeof info);
    ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    stop_.request_stop();
    pollfd wake{wake_, POLLIN, 0};
    while (::poll(&wake, 1, -1) < 0) continue;
  }
  ::close(source);
}

}  // namespace dso::cli
