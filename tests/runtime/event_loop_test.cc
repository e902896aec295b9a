// The contract of Loop (base/loop.h), which the live loop and the tests' loop both keep, and what only the live one
// has.
#include "runtime/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/fake_loop.h"

namespace dso::runtime {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

// Runs a loop until Stop() is called from within it.
class LiveLoop {
 public:
  Loop& loop() { return loop_; }
  void Run() { loop_.Run(); }
  void Stop() { loop_.Stop(); }

 private:
  EventLoop loop_;
};

class VirtualLoop {
 public:
  Loop& loop() { return loop_; }
  void Run() {
    while (!stopped_) {
      if (!loop_.AdvanceToNextTimer()) std::this_thread::yield();  // another thread may still post
    }
    loop_.RunUntilIdle();
  }
  void Stop() { stopped_ = true; }

 private:
  FakeLoop loop_;
  std::atomic<bool> stopped_ = false;
};

template <typename Kind>
class LoopContractTest : public testing::Test {
 protected:
  std::function<void()> Note(std::string event) {
    return [this, event] { events_.push_back(event); };
  }
  std::function<void()> Stop() {
    return [this] { kind_.Stop(); };
  }
  Loop& loop() { return kind_.loop(); }
  void Run() { kind_.Run(); }

  Kind kind_;
  std::vector<std::string> events_;
};

using Kinds = testing::Types<LiveLoop, VirtualLoop>;
TYPED_TEST_SUITE(LoopContractTest, Kinds);

TYPED_TEST(LoopContractTest, RunsWhatIsPostedInOrder) {
  this->loop().Post(this->Note("a"));
  this->loop().Post(this->Note("b"));
  this->loop().Post(this->Note("c"));
  this->loop().Post(this->Stop());
  this->Run();
  EXPECT_THAT(this->events_, ElementsAre("a", "b", "c"));
}

TYPED_TEST(LoopContractTest, NeverRunsWithinPost) {
  this->loop().Post([this] {
    this->loop().Post(this->Note("inner"));
    this->loop().Post(this->Stop());
    this->events_.push_back("outer");
  });
  EXPECT_TRUE(this->events_.empty());
  this->Run();
  EXPECT_THAT(this->events_, ElementsAre("outer", "inner"));
}

TYPED_TEST(LoopContractTest, RunsTimersInTheOrderOfTheirDeadlines) {
  this->loop().RunAfter(30ms, this->Stop());
  this->loop().RunAfter(20ms, this->Note("late"));
  this->loop().RunAfter(1ms, this->Note("early"));
  this->Run();
  EXPECT_THAT(this->events_, ElementsAre("early", "late"));
}

TYPED_TEST(LoopContractTest, RunsTimersOfNoDelayInTheOrderOfTheCalls) {
  for (const char* name : {"a", "b", "c"}) this->loop().RunAfter(0ms, this->Note(name));
  this->loop().RunAfter(0ms, this->Stop());
  this->Run();
  EXPECT_THAT(this->events_, ElementsAre("a", "b", "c"));
}

TYPED_TEST(LoopContractTest, NeverRunsWithinRunAfter) {
  this->loop().Post([this] {
    this->loop().RunAfter(0ms, this->Note("timer"));
    this->loop().RunAfter(0ms, this->Stop());
    this->events_.push_back("caller");
  });
  this->Run();
  EXPECT_THAT(this->events_, ElementsAre("caller", "timer"));
}

TYPED_TEST(LoopContractTest, ATimerIsNeverEarly) {
  const SteadyTime begin = this->loop().Now();
  SteadyTime fired{};
  this->loop().RunAfter(5ms, [&] {
    fired = this->loop().Now();
    this->kind_.Stop();
  });
  this->Run();
  EXPECT_GE(fired, begin + 5ms);
}

TYPED_TEST(LoopContractTest, ACancelledTimerDoesNotRun) {
  const Loop::TimerId cancelled = this->loop().RunAfter(1ms, this->Note("cancelled"));
  this->loop().RunAfter(2ms, this->Stop());
  this->loop().CancelTimer(cancelled);
  this->Run();
  EXPECT_TRUE(this->events_.empty());
}

TYPED_TEST(LoopContractTest, ATimerMayCancelAnotherThatIsDueAtTheSameMoment) {
  Loop::TimerId second = 0;
  this->loop().RunAfter(0ms, [&] { this->loop().CancelTimer(second); });
  second = this->loop().RunAfter(0ms, this->Note("second"));
  this->loop().RunAfter(1ms, this->Stop());
  this->Run();
  EXPECT_TRUE(this->events_.empty());
}

TYPED_TEST(LoopContractTest, CancellingWhatHasRunOrNeverWasIsIgnored) {
  const Loop::TimerId first = this->loop().RunAfter(0ms, this->Note("first"));
  this->loop().RunAfter(1ms, [this, first] {
    this->loop().CancelTimer(first);
    this->loop().CancelTimer(987654321);
    this->kind_.Stop();
  });
  this->Run();
  EXPECT_THAT(this->events_, ElementsAre("first"));
}

TYPED_TEST(LoopContractTest, ATimerMayCancelItself) {
  Loop::TimerId self = 0;
  self = this->loop().RunAfter(0ms, [&] {
    this->loop().CancelTimer(self);
    this->kind_.Stop();
  });
  this->Run();
}

TYPED_TEST(LoopContractTest, ACancelledTimerFreesWhatItHolds) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  const Loop::TimerId timer = this->loop().RunAfter(1h, [held = std::move(held)] {});
  this->loop().CancelTimer(timer);
  EXPECT_TRUE(watch.expired());
}

TYPED_TEST(LoopContractTest, AnyThreadMayPost) {
  constexpr int kThreads = 4;
  constexpr int kPostsOfEach = 500;
  std::vector<std::vector<int>> received(kThreads);
  int left = kThreads * kPostsOfEach;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, &received, &left] {
      for (int i = 0; i < kPostsOfEach; ++i) {
        this->loop().Post([this, t, i, &received, &left] {
          received[t].push_back(i);
          if (--left == 0) this->kind_.Stop();
        });
      }
    });
  }
  this->Run();
  for (std::thread& thread : threads) thread.join();
  for (const auto& of_one_thread : received) {
    EXPECT_EQ(of_one_thread.size(), static_cast<size_t>(kPostsOfEach));
    EXPECT_TRUE(std::is_sorted(of_one_thread.begin(), of_one_thread.end()));
  }
}

TYPED_TEST(LoopContractTest, APostWakesALoopThatWaitsForAFarTimer) {
  this->loop().RunAfter(0ms, this->Note("begin"));
  std::thread other([this] { this->loop().Post(this->Stop()); });
  this->Run();
  other.join();
}

TYPED_TEST(LoopContractTest, WhatWasPostedBeforeTheStopStillRuns) {
  this->loop().Post(this->Stop());
  this->loop().Post(this->Note("posted before the loop saw the stop"));
  this->Run();
  EXPECT_EQ(this->events_.size(), 1u);
}

TYPED_TEST(LoopContractTest, BothClocksGoForwardTogether) {
  const SteadyTime steady = this->loop().Now();
  const WallTime wall = this->loop().WallNow();
  this->loop().RunAfter(5ms, this->Stop());
  this->Run();
  EXPECT_GT(this->loop().Now(), steady);
  EXPECT_GT(this->loop().WallNow(), wall);
}

TEST(EventLoopTest, StopsFromAnotherThreadWithNothingToDo) {
  EventLoop loop;
  std::thread runner([&loop] { loop.Run(); });
  loop.Stop();
  runner.join();
}

TEST(EventLoopTest, AStopBeforeTheRunIsNotLost) {
  EventLoop loop;
  loop.Stop();
  loop.Run();
}

TEST(EventLoopTest, AStopLeavesTimersThatAreNotDue) {
  EventLoop loop;
  bool ran = false;
  loop.RunAfter(1h, [&ran] { ran = true; });
  loop.Stop();
  loop.Run();
  EXPECT_FALSE(ran);
}

TEST(EventLoopTest, LastTurnStandsStillWhileTheLoopIsBusyAndMovesAfterwards) {
  EventLoop loop;
  loop.Post([&loop] {
    const SteadyTime during = loop.LastTurn();
    EXPECT_LE(during, loop.Now());
    EXPECT_EQ(loop.LastTurn(), during);
    loop.Post([&loop, during] {
      EXPECT_GT(loop.LastTurn(), during);
      loop.Stop();
    });
  });
  loop.Run();
}

}  // namespace
}  // namespace dso::runtime
