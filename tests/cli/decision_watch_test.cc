#include "cli/decision_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/cli/fake_operator.h"

namespace dso::cli {
namespace {

using test::FakeOperator;
using testing::HasSubstr;
namespace v1 = deepseek::forecast::v1;

v1::DecisionEvent Floor(v1::DecisionEvent::Kind kind, int from, int to) {
  v1::DecisionEvent event;
  event.set_kind(kind);
  event.set_namespace_("prod");
  event.set_service("chat");
  *event.mutable_at() = test::ToTimestamp(test::kNow);
  event.set_from(from);
  event.set_to(to);
  event.set_reason("Forecast");
  return event;
}

// Follows an operator on a thread of its own.
class Following {
 public:
  Following(std::string address, Output output) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    thread_ = std::jthread([this, address = std::move(address), output] {
      const ConnectionOptions connection{
          .endpoint = {.address = address}, .forward = {}, .timeout = std::chrono::minutes(1)};
      code_ = WatchDecisions(connection, {}, output, "watch", stop_.get_token());
    });
  }
  void End() { stop_.request_stop(); }
  int Join() {
    thread_.join();
    out = testing::internal::GetCapturedStdout();
    err = testing::internal::GetCapturedStderr();
    return code_;
  }

  std::string out;
  std::string err;

 private:
  std::stop_source stop_;
  int code_ = -1;
  std::jthread thread_;
};

TEST(DecisionWatch, GoesOnThroughARestartAndEndsWellWhenItIsTold) {
  auto fake = std::make_unique<FakeOperator>();
  const int port = fake->port();
  fake->Tell(Floor(v1::DecisionEvent::KIND_CURRENT, 0, 7));
  Following following(fake->address(), Output::kWide);
  fake->AwaitStreams(1);
  fake.reset();

  fake = std::make_unique<FakeOperator>(grpc::InsecureServerCredentials(), port);
  ASSERT_TRUE(fake->listens());
  fake->Tell(Floor(v1::DecisionEvent::KIND_CURRENT, 0, 7));
  fake->Tell(Floor(v1::DecisionEvent::KIND_CHANGED, 7, 9));
  fake->AwaitWritten(2);
  fake->EndStreams();
  fake->AwaitStreams(2);  // so the one before has been read to its end
  following.End();
  EXPECT_EQ(following.Join(), 0);
  EXPECT_THAT(following.out, HasSubstr("prod/chat  7 "));
  EXPECT_THAT(following.out, HasSubstr("prod/chat  7 → 9"));
  EXPECT_THAT(following.err, HasSubstr("connected again, to 127.0.0.1:"));
  EXPECT_THAT(following.err, HasSubstr("trying again in 1s\n"));
}

TEST(DecisionWatch, JsonIsALineForEach) {
  FakeOperator fake;
  fake.Tell(Floor(v1::DecisionEvent::KIND_CHANGED, 7, 9));
  fake.Tell(Floor(v1::DecisionEvent::KIND_CHANGED, 9, 8));
  Following following(fake.address(), Output::kJson);
  fake.AwaitWritten(2);
  fake.Refuse({grpc::StatusCode::PERMISSION_DENIED, "not any more"});
  fake.EndStreams();
  EXPECT_EQ(following.Join(), 1);
  EXPECT_EQ(
      following.out,
      R"({"kind":"KIND_CHANGED","namespace":"prod","service":"chat","at":"2025-11-24T15:17:01Z","from":7,"to":9,"reason":"Forecast"})"
      "\n"
      R"({"kind":"KIND_CHANGED","namespace":"prod","service":"chat","at":"2025-11-24T15:17:01Z","from":9,"to":8,"reason":"Forecast"})"
      "\n");
  EXPECT_THAT(following.err, HasSubstr("not any more"));
}

TEST(DecisionWatch, AFirstConnectionThatFailsIsAnError) {
  FakeOperator fake;
  const std::string address = fake.address();
  fake.Stop();
  Following following(address, Output::kTable);
  EXPECT_EQ(following.Join(), 1);
  EXPECT_THAT(following.err, HasSubstr("cannot be reached"));
}

TEST(DecisionWatch, WhatIsRefusedIsNotTriedAgain) {
  FakeOperator fake;
  fake.Refuse({grpc::StatusCode::NOT_FOUND, "there is no DeepSeekService prod/chatt"});
  Following following(fake.address(), Output::kTable);
  EXPECT_EQ(following.Join(), 3);
  EXPECT_THAT(following.err, HasSubstr("watch: there is no DeepSeekService prod/chatt"));
}

}  // namespace
}  // namespace dso::cli
