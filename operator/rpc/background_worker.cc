#include "rpc/background_worker.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

namespace dso::rpc {
namespace {

constexpr int kNiceness = 10;

}  // namespace

BackgroundWorker::~BackgroundWorker() {
  stopping_ = true;
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    thread = std::move(thread_);
  }
  if (thread.joinable()) thread.join();
}

bool BackgroundWorker::TryStart(Work work) {
  const std::lock_guard lock(mutex_);
  if (busy_ || stopping_) return false;
  if (thread_.joinable()) thread_.join();  // the work before has ended, and its thread takes no lock any more
  busy_ = true;
  thread_ = std::thread([this, work = std::move(work)]() mutable {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNiceness);
    work(stopping_);
    work = nullptr;
    const std::lock_guard idle(mutex_);
    busy_ = false;
  });
  return true;
}

}  // namespace dso::rpc
