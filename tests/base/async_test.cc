#include "base/async.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/fake_loop.h"

namespace dso {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

class AsyncTest : public testing::Test {
 protected:
  // A task that notes its beginning and its end, with a sleep in between.
  Task<void> Work(std::string name, milliseconds length) {
    events_.push_back(name + " begins");
    co_await Sleep(loop_, length);
    events_.push_back(name + " ends");
  }
  Task<void> Fail(std::string message, milliseconds after) {
    co_await Sleep(loop_, after);
    throw std::runtime_error(message);
  }
  milliseconds Elapsed() const { return std::chrono::floor<milliseconds>(loop_.Now() - start_); }

  FakeLoop loop_;
  const SteadyTime start_ = loop_.Now();
  std::vector<std::string> events_;
};

TEST_F(AsyncTest, SleepWaitsForItsWholeTime) {
  EXPECT_TRUE(RunTask(loop_, Sleep(loop_, 90min)));
  EXPECT_EQ(Elapsed(), 90min);
  EXPECT_EQ(loop_.pending_timers(), 0u);
}

TEST_F(AsyncTest, SleepIsCutShortByAStop) {
  std::stop_source stop;
  loop_.RunAfter(10s, [&] { stop.request_stop(); });
  EXPECT_FALSE(RunTask(loop_, Sleep(loop_, 1h, stop.get_token())));
  EXPECT_EQ(Elapsed(), 10s);
  EXPECT_EQ(loop_.pending_timers(), 0u);
}

TEST_F(AsyncTest, SleepDoesNotBeginOnceStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(RunTask(loop_, Sleep(loop_, 1h, stop.get_token())));
  EXPECT_EQ(Elapsed(), 0s);
}

TEST_F(AsyncTest, AStopAfterTheSleepChangesNothing) {
  std::stop_source stop;
  EXPECT_TRUE(RunTask(loop_, Sleep(loop_, 1s, stop.get_token())));
  stop.request_stop();
  loop_.RunUntilIdle();
}

TEST_F(AsyncTest, TheOneWhoRequestsTheStopDoesNotRunTheSleeper) {
  std::stop_source stop;
  bool woken = false;
  const auto run = [&]() -> Task<void> {
    co_await Sleep(loop_, 1h, stop.get_token());
    woken = true;
  };
  Spawn(run());
  stop.request_stop();
  EXPECT_FALSE(woken);
  loop_.RunUntilIdle();
  EXPECT_TRUE(woken);
}

TEST_F(AsyncTest, YieldLetsWhatIsDueRunFirst) {
  const auto run = [&]() -> Task<void> {
    events_.push_back("before");
    co_await Yield(loop_);
    events_.push_back("after");
  };
  Spawn(run());
  loop_.Post([&] { events_.push_back("posted later"); });
  EXPECT_THAT(events_, ElementsAre("before"));
  Spawn(run());
  loop_.RunUntilIdle();
  EXPECT_THAT(events_, ElementsAre("before", "before", "after", "posted later", "after"));
  EXPECT_EQ(Elapsed(), 0s);
}

TEST_F(AsyncTest, AWaitGroupIsWaitedForUntilNothingIsUnderWay) {
  WaitGroup group;
  const auto work = [&](std::string name, milliseconds length) -> Task<void> {
    const WaitGroup::Entry under_way = group.Enter();
    co_await Work(std::move(name), length);
  };
  const auto wait = [&]() -> Task<void> {
    co_await group.Wait();
    events_.push_back("none");
  };
  Spawn(work("a", 1s));
  Spawn(work("b", 3s));
  Spawn(wait());
  Spawn(wait());
  loop_.Advance(2s);
  EXPECT_THAT(events_, ElementsAre("a begins", "b begins", "a ends"));
  loop_.Advance(1s);
  EXPECT_THAT(events_, ElementsAre("a begins", "b begins", "a ends", "b ends", "none", "none"));
}

TEST_F(AsyncTest, AWaitGroupCanBeWaitedForAgain) {
  WaitGroup group;
  RunTask(loop_, group.Wait());
  for (int round = 0; round < 2; ++round) {
    const auto work = [&]() -> Task<void> {
      const WaitGroup::Entry under_way = group.Enter();
      co_await Sleep(loop_, 1s);
    };
    Spawn(work());
    RunTask(loop_, group.Wait());
    EXPECT_EQ(Elapsed(), (round + 1) * 1s);
  }
}

TEST_F(AsyncTest, AWaitGroupEntryCountsOnceHoweverItIsMoved) {
  WaitGroup group;
  bool ended = false;
  const auto wait = [&]() -> Task<void> {
    co_await group.Wait();
    ended = true;
  };
  {
    WaitGroup::Entry entry = group.Enter();
    const WaitGroup::Entry moved = std::move(entry);
    Spawn(wait());
    loop_.RunUntilIdle();
    EXPECT_FALSE(ended);
  }
  EXPECT_TRUE(ended);
}

TEST_F(AsyncTest, WhenAllRunsItsTasksConcurrently) {
  std::vector<Task<void>> tasks;
  tasks.push_back(Work("a", 3s));
  tasks.push_back(Work("b", 1s));
  tasks.push_back(Work("c", 2s));
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_THAT(events_, ElementsAre("a begins", "b begins", "c begins", "b ends", "c ends", "a ends"));
  EXPECT_EQ(Elapsed(), 3s);
}

TEST_F(AsyncTest, WhenAllOfNothingEndsAtOnce) { RunTask(loop_, WhenAll({})); }

TEST_F(AsyncTest, WhenAllOfTasksThatDoNotWaitEndsAtOnce) {
  int ran = 0;
  const auto run = [&ran]() -> Task<void> {
    ++ran;
    co_return;
  };
  std::vector<Task<void>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(run());
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_EQ(ran, 3);
}

TEST_F(AsyncTest, WhenAllLetsTheOthersEndBeforeItRethrowsTheFirstFailure) {
  std::vector<Task<void>> tasks;
  tasks.push_back(Fail("second", 2s));
  tasks.push_back(Fail("first", 1s));
  tasks.push_back(Work("c", 3s));
  try {
    RunTask(loop_, WhenAll(std::move(tasks)));
    FAIL() << "no exception";
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "first");
  }
  EXPECT_THAT(events_, ElementsAre("c begins", "c ends"));
}

class SemaphoreTest : public AsyncTest {
 protected:
  Task<void> WorkWithPermit(Semaphore& semaphore, std::string name, milliseconds length) {
    const Semaphore::Permit permit = co_await semaphore.Acquire();
    co_await Work(name, length);
  }
};

TEST_F(SemaphoreTest, LetsNoMoreThroughThanItHasPermitsInTheOrderOfArrival) {
  Semaphore semaphore(loop_, 2);
  std::vector<Task<void>> tasks;
  tasks.push_back(WorkWithPermit(semaphore, "a", 3s));
  tasks.push_back(WorkWithPermit(semaphore, "b", 1s));
  tasks.push_back(WorkWithPermit(semaphore, "c", 1s));
  tasks.push_back(WorkWithPermit(semaphore, "d", 2s));
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_THAT(events_,
              ElementsAre("a begins", "b begins", "b ends", "c begins", "c ends", "d begins", "a ends", "d ends"));
}

TEST_F(SemaphoreTest, AnExceptionGivesThePermitBack) {
  Semaphore semaphore(loop_, 1);
  const auto fail = [&]() -> Task<void> {
    const Semaphore::Permit permit = co_await semaphore.Acquire();
    throw std::runtime_error("broken");
  };
  EXPECT_THROW(RunTask(loop_, fail()), std::runtime_error);
  RunTask(loop_, WorkWithPermit(semaphore, "a", 1s));
  EXPECT_THAT(events_, ElementsAre("a begins", "a ends"));
}

TEST_F(SemaphoreTest, APermitIsWorthOneTurnHoweverItIsMoved) {
  Semaphore semaphore(loop_, 1);
  const auto run = [&]() -> Task<void> {
    Semaphore::Permit permit = co_await semaphore.Acquire();
    const Semaphore::Permit moved = std::move(permit);
    co_await Sleep(loop_, 1s);
  };
  std::vector<Task<void>> tasks;
  tasks.push_back(run());
  tasks.push_back(WorkWithPermit(semaphore, "a", 1s));
  tasks.push_back(WorkWithPermit(semaphore, "b", 1s));
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_THAT(events_, ElementsAre("a begins", "a ends", "b begins", "b ends"));
}

TEST_F(SemaphoreTest, ALongQueueDoesNotNest) {
  Semaphore semaphore(loop_, 1);
  int served = 0;
  const auto run = [&]() -> Task<void> {
    const Semaphore::Permit permit = co_await semaphore.Acquire();
    ++served;
  };
  const auto first = [&]() -> Task<void> {
    const Semaphore::Permit permit = co_await semaphore.Acquire();
    co_await Sleep(loop_, 1s);
  };
  std::vector<Task<void>> tasks;
  tasks.push_back(first());
  for (int i = 0; i < 20'000; ++i) tasks.push_back(run());
  RunTask(loop_, WhenAll(std::move(tasks)));
  EXPECT_EQ(served, 20'000);
}

}  // namespace
}  // namespace dso
