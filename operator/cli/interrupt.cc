#include "cli/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace dso::cli {
namespace {

constexpr int kGraceMs = 1000;

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
}

void Interrupt::Listen() {
  const sigset_t signals = Signals();
  const int source = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  std::array<pollfd, 2> ends{{{source, POLLIN, 0}, {wake_, POLLIN, 0}}};
  while (::poll(ends.data(), ends.size(), -1) < 0) continue;
  if ((ends[0].revents & POLLIN) != 0) {
    stop_.request_stop();
    pollfd wake{wake_, POLLIN, 0};
    // timeout(1) and some shells send it to the process and to its group: the same signal, twice.
    if (::poll(&wake, 1, kGraceMs) == 0) {
      signalfd_siginfo info{};
      while (::read(source, &info, sizeof info) > 0) continue;
      ::pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
      while (::poll(&wake, 1, -1) < 0) continue;
    }
  }
  ::close(source);
}

}  // namespace dso::cli
