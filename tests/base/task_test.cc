#include "base/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/loop.h"

namespace dso {
namespace {

// Counts how many of it are alive.
class Witness {
 public:
  explicit Witness(int& alive) : alive_(&alive) { ++*alive_; }
  Witness(Witness&& other) noexcept : alive_(std::exchange(other.alive_, nullptr)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (alive_ != nullptr) --*alive_;
  }

 private:
  int* alive_;
};

Task<int> Return(int value) { co_return value; }
Task<int> Throw(std::string message) {
  throw std::runtime_error(message);
  co_return 0;
}

TEST(TaskTest, IsLazy) {
  bool ran = false;
  const auto run = [&ran]() -> Task<void> {
    ran = true;
    co_return;
  };
  Task<void> task = run();
  EXPECT_FALSE(ran);
  Spawn(std::move(task));
  EXPECT_TRUE(ran);
}

TEST(TaskTest, ATaskThatIsNeverAwaitedFreesItsParameters) {
  int alive = 0;
  {
    const auto keep = [](Witness) -> Task<void> { co_return; };
    const Task<void> task = keep(Witness(alive));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(TaskTest, PassesValuesUpTheChain) {
  int got = 0;
  const auto run = [&got]() -> Task<void> {
    const int a = co_await Return(3);
    const int b = co_await Return(4);
    got = a * 10 + b;
  };
  Spawn(run());
  EXPECT_EQ(got, 34);
}

TEST(TaskTest, PassesMoveOnlyValues) {
  std::unique_ptr<int> got;
  const auto make = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  const auto run = [&]() -> Task<void> { got = co_await make(); };
  Spawn(run());
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(*got, 7);
}

TEST(TaskTest, RethrowsAtTheAwait) {
  std::string caught;
  const auto run = [&caught]() -> Task<void> {
    try {
      (void)co_await Throw("broken");
    } catch (const std::runtime_error& e) {
      caught = e.what();
    }
  };
  Spawn(run());
  EXPECT_EQ(caught, "broken");
}

TEST(TaskTest, AnExceptionPassesThroughFramesAndFreesThem) {
  int alive = 0;
  bool caught = false;
  const auto middle = [&alive]() -> Task<int> {
    const Witness witness(alive);
    const int value = co_await Throw("broken");
    co_return value;
  };
  const auto run = [&]() -> Task<void> {
    try {
      (void)co_await middle();
    } catch (const std::runtime_error&) {
      caught = true;
    }
  };
  Spawn(run());
  EXPECT_TRUE(caught);
  EXPECT_EQ(alive, 0);
}

TEST(TaskTest, LocalsOfTheCallerOutliveTheCallee) {
  int alive = 0;
  int alive_in_callee = -1;
  const Deferred<bool> go;
  const auto callee = [&]() -> Task<void> {
    co_await go;
    alive_in_callee = alive;
  };
  const auto run = [&]() -> Task<void> {
    const Witness witness(alive);
    co_await callee();
  };
  Spawn(run());
  EXPECT_EQ(alive, 1);
  go.Set(true);
  EXPECT_EQ(alive_in_callee, 1);
  EXPECT_EQ(alive, 0);
}

TEST(TaskDeathTest, AnExceptionThatLeavesASpawnedTaskEndsTheProcess) {
  const auto run = []() -> Task<void> { (void)co_await Throw("nobody listens"); };
  EXPECT_DEATH(Spawn(run()), "nobody listens");
}

TEST(DeferredTest, AValueThatIsThereIsTakenAtOnce) {
  const Deferred<int> deferred;
  EXPECT_FALSE(deferred.IsSet());
  deferred.Set(5);
  EXPECT_TRUE(deferred.IsSet());
  int got = 0;
  const auto run = [&]() -> Task<void> { got = co_await deferred; };
  Spawn(run());
  EXPECT_EQ(got, 5);
}

TEST(DeferredTest, TheFirstValueCounts) {
  const Deferred<int> deferred;
  int got = 0;
  const auto run = [&]() -> Task<void> { got = co_await deferred; };
  Spawn(run());
  EXPECT_EQ(got, 0);
  deferred.Set(1);
  deferred.Set(2);
  EXPECT_EQ(got, 1);
}

TEST(DeferredTest, AValueWithoutAnAwaiterIsDropped) {
  int alive = 0;
  auto setter = std::make_unique<Deferred<std::shared_ptr<Witness>>>();
  { const Deferred<std::shared_ptr<Witness>> awaiter_side = *setter; }
  setter->Set(std::make_shared<Witness>(alive));
  EXPECT_EQ(alive, 1);
  setter.reset();
  EXPECT_EQ(alive, 0);
}

TEST(DeferredTest, AValueThatComesAfterItsAwaiterHasEndedIsDropped) {
  const Deferred<int> deferred;
  int rounds = 0;
  const auto run = [](Deferred<int> own, int& count) -> Task<void> {
    co_await own;
    ++count;
  };
  Spawn(run(deferred, rounds));
  deferred.Set(1);  // the time-out, say; the coroutine's frame is gone now
  deferred.Set(2);  // and its late completion
  EXPECT_EQ(rounds, 1);
}

}  // namespace
}  // namespace dso
