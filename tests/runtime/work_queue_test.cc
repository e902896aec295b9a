#include "runtime/work_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/async.h"
#include "tests/support/fake_loop.h"

namespace dso::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

const WorkQueue::Key kA{"prod", "a"};
const WorkQueue::Key kB{"prod", "b"};
const WorkQueue::Key kC{"prod", "c"};

class Queue : public testing::Test {
 protected:
  // What a worker gets now; "" if there is nothing to do.
  std::string Take() {
    if (queue_.Depth() == 0) return "";
    const auto item = RunTask(loop_, queue_.Get());
    return item ? item->key.name : "";
  }
  // Works until the queue is shut down, `work` for each key; says what was done.
  Task<void> Worker(milliseconds work) {
    while (const auto item = co_await queue_.Get()) {
      done_.push_back(item->key.name);
      co_await Sleep(loop_, work);
      queue_.Done(item->key);
    }
    ++ended_;
  }
  // How long after Retry() the key is ready again.
  milliseconds RetryDelay(const WorkQueue::Key& key, milliseconds at_least = 0ms) {
    queue_.Retry(key, at_least);
    const SteadyTime began = loop_.Now();
    while (queue_.Depth() == 0) {
      if (!loop_.AdvanceToNextTimer()) return milliseconds(-1);
    }
    Take();
    queue_.Done(key);
    return std::chrono::duration_cast<milliseconds>(loop_.Now() - began);
  }

  FakeLoop loop_;
  WorkQueue queue_{loop_};
  std::vector<std::string> done_;
  int ended_ = 0;
};

TEST_F(Queue, HandsOutKeysInTheOrderOfTheirAddition) {
  for (const auto& key : {kB, kA, kC}) queue_.Add(key);
  EXPECT_EQ(Take(), "b");
  EXPECT_EQ(Take(), "a");
  EXPECT_EQ(Take(), "c");
}

TEST_F(Queue, AKeyThatWaitsIsNotQueuedTwice) {
  queue_.Add(kA);
  queue_.Add(kA);
  EXPECT_EQ(queue_.Depth(), 1u);
  EXPECT_EQ(queue_.Adds(), 1u);
}

TEST_F(Queue, AKeyInWorkIsHandedOutOnceMoreAfterDoneHoweverOftenItWasAdded) {
  queue_.Add(kA);
  EXPECT_EQ(Take(), "a");
  queue_.Add(kA);
  queue_.Add(kA);
  EXPECT_EQ(Take(), "");
  queue_.Done(kA);
  EXPECT_EQ(Take(), "a");
  queue_.Done(kA);
  EXPECT_EQ(Take(), "");
}

TEST_F(Queue, SaysHowLongAKeyHasWaited) {
  queue_.Add(kA);
  loop_.Advance(3s);
  queue_.Add(kA);
  EXPECT_EQ(RunTask(loop_, queue_.Get())->waited, 3s);
}

TEST_F(Queue, WakesAWorkerThatWaits) {
  Spawn(Worker(0s));
  loop_.RunUntilIdle();
  queue_.Add(kA);
  EXPECT_THAT(done_, IsEmpty()) << "the worker runs inside Add";
  loop_.RunUntilIdle();
  EXPECT_THAT(done_, ElementsAre("a"));
  queue_.ShutDown();
  loop_.RunUntilIdle();
}

TEST_F(Queue, WorkersShareTheKeys) {
  for (int i = 0; i < 3; ++i) Spawn(Worker(10s));
  for (const auto& key : {kA, kB, kC}) queue_.Add(key);
  loop_.RunUntilIdle();
  EXPECT_THAT(done_, ElementsAre("a", "b", "c"));
  queue_.ShutDown();
  loop_.Advance(10s);
  EXPECT_EQ(ended_, 3);
}

TEST_F(Queue, OfSeveralDelayedAddsTheEarliestWins) {
  queue_.AddAfter(kA, 30s);
  queue_.AddAfter(kA, 10s);
  queue_.AddAfter(kA, 20s);
  loop_.Advance(9999ms);
  EXPECT_EQ(Take(), "");
  loop_.Advance(1ms);
  EXPECT_EQ(Take(), "a");
  queue_.Done(kA);
  loop_.Advance(1h);
  EXPECT_EQ(Take(), "");
}

TEST_F(Queue, AnAddWithoutDelayIsAnAdd) {
  queue_.AddAfter(kA, 0s);
  EXPECT_EQ(Take(), "a");
}

TEST_F(Queue, ADelayedAddOfAKeyInWorkWaitsForDone) {
  queue_.Add(kA);
  Take();
  queue_.AddAfter(kA, 1s);
  loop_.Advance(1s);
  EXPECT_EQ(Take(), "");
  queue_.Done(kA);
  EXPECT_EQ(Take(), "a");
}

TEST_F(Queue, RetriesBackOffByDoublingUpTo16Minutes) {
  milliseconds expected = 5ms;
  for (int failure = 0; failure < 40; ++failure) {
    EXPECT_EQ(RetryDelay(kA), expected) << "failure " << failure;
    expected = std::min(expected * 2, milliseconds(16min));
  }
}

TEST_F(Queue, EachKeyBacksOffAlone) {
  for (int i = 0; i < 5; ++i) RetryDelay(kA);
  EXPECT_EQ(RetryDelay(kB), 5ms);
}

TEST_F(Queue, ASuccessForgetsTheFailures) {
  for (int i = 0; i < 5; ++i) RetryDelay(kA);
  queue_.Forget(kA);
  EXPECT_EQ(RetryDelay(kA), 5ms);
}

TEST_F(Queue, WhatTheServerAsksForIsALowerBoundOfARetry) {
  EXPECT_EQ(RetryDelay(kA, 7s), 7s);
  EXPECT_EQ(RetryDelay(kA, 1ms), 10ms);
}

TEST_F(Queue, ManyRetriesAtOnceAreSpread) {
  for (int i = 0; i < 150; ++i) queue_.Retry({"prod", std::to_string(i)});
  loop_.Advance(5ms);
  EXPECT_EQ(queue_.Depth(), 100u);
  loop_.Advance(1s);
  EXPECT_EQ(queue_.Depth(), 110u);
  loop_.Advance(4s);
  EXPECT_EQ(queue_.Depth(), 150u);
}

TEST_F(Queue, ShutDownWakesTheWorkersAndDropsWhatIsQueued) {
  Spawn(Worker(10s));
  Spawn(Worker(10s));
  loop_.RunUntilIdle();
  queue_.Add(kA);
  loop_.RunUntilIdle();
  queue_.Add(kB);
  queue_.AddAfter(kC, 1s);
  queue_.ShutDown();
  loop_.Advance(1h);
  EXPECT_EQ(ended_, 2);
  EXPECT_THAT(done_, ElementsAre("a"));
}

TEST_F(Queue, NothingIsTakenAfterShutDown) {
  queue_.ShutDown();
  queue_.Add(kA);
  queue_.AddAfter(kB, 1s);
  queue_.Retry(kC);
  EXPECT_EQ(loop_.pending_timers(), 0u);
  EXPECT_EQ(queue_.Depth(), 0u);
  EXPECT_FALSE(RunTask(loop_, queue_.Get()).has_value());
}

// Adds at random while workers are busy: no key is ever with two of them, and none that was added is forgotten.
TEST_F(Queue, NeverGivesOneKeyToTwoWorkersAndForgetsNone) {
  std::minstd_rand random(11);
  std::set<std::string> in_work;
  std::set<std::string> wanted;  // added since its last start
  int overlaps = 0;
  const auto worker = [&]() -> Task<void> {
    while (const auto item = co_await queue_.Get()) {
      overlaps += in_work.insert(item->key.name).second ? 0 : 1;
      wanted.erase(item->key.name);
      const milliseconds work(random() % 50);
      co_await Sleep(loop_, work);
      in_work.erase(item->key.name);
      queue_.Done(item->key);
    }
  };
  for (int i = 0; i < 4; ++i) Spawn(worker());
  for (int i = 0; i < 20'000; ++i) {
    const WorkQueue::Key key{"prod", std::to_string(random() % 10)};
    wanted.insert(key.name);
    queue_.Add(key);
    loop_.Advance(milliseconds(random() % 20));
  }
  loop_.Advance(1h);
  EXPECT_EQ(overlaps, 0);
  EXPECT_THAT(wanted, IsEmpty());
  EXPECT_EQ(queue_.Depth(), 0u);
  queue_.ShutDown();
  loop_.RunUntilIdle();
}

TEST_F(Queue, HandsOutNothingWhileItIsHeld) {
  std::vector<std::string> seen;
  const auto worker = [&]() -> Task<void> {
    while (const auto item = co_await queue_.Get()) {
      seen.push_back(item->key.name);
      queue_.Done(item->key);
    }
  };
  for (int i = 0; i < 2; ++i) Spawn(worker());
  queue_.Hold();
  for (const char* name : {"a", "b", "c"}) queue_.Add({"prod", name});
  loop_.Advance(1h);
  EXPECT_THAT(seen, IsEmpty());
  EXPECT_EQ(queue_.Depth(), 3u);
  queue_.Resume();
  loop_.RunUntilIdle();
  EXPECT_THAT(seen, testing::UnorderedElementsAre("a", "b", "c"));
  queue_.Hold();
  queue_.ShutDown();
  loop_.RunUntilIdle();
}

}  // namespace
}  // namespace dso::runtime
