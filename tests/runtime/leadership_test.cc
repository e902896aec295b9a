#include "runtime/leadership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "runtime/fenced_transport.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_transport.h"

namespace dso::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

class LeadershipTest : public testing::Test {
 protected:
  LeadershipTest() {
    leadership_.OnChange([this](bool leads) { changes_.push_back(leads); });
  }
  FakeLoop loop_;
  Leadership leadership_{loop_};
  std::vector<bool> changes_;
};

TEST_F(LeadershipTest, NobodyLeadsFromTheStart) {
  EXPECT_FALSE(leadership_.Leads());
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(LeadershipTest, EndsByItself) {
  leadership_.LeadUntil(loop_.Now() + 10s);
  EXPECT_TRUE(leadership_.Leads());
  loop_.Advance(9999ms);
  EXPECT_THAT(changes_, ElementsAre(true));
  loop_.Advance(1ms);
  EXPECT_FALSE(leadership_.Leads());
  EXPECT_THAT(changes_, ElementsAre(true, false));
}

TEST_F(LeadershipTest, GoesOnWhileItIsExtended) {
  for (int i = 0; i < 30; ++i) {
    leadership_.LeadUntil(loop_.Now() + 10s);
    loop_.Advance(2s);
  }
  EXPECT_THAT(changes_, ElementsAre(true));
  loop_.Advance(8s);
  EXPECT_THAT(changes_, ElementsAre(true, false));
  leadership_.LeadUntil(loop_.Now() + 10s);
  EXPECT_THAT(changes_, ElementsAre(true, false, true));
}

TEST_F(LeadershipTest, AnExtensionThatIsOverAlreadyIsNone) {
  loop_.Advance(1min);
  leadership_.LeadUntil(loop_.Now());
  EXPECT_FALSE(leadership_.Leads());
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(LeadershipTest, EndsWhenItIsEnded) {
  leadership_.LeadUntil(loop_.Now() + 10s);
  leadership_.End();
  leadership_.End();
  EXPECT_FALSE(leadership_.Leads());
  loop_.Advance(1min);
  EXPECT_THAT(changes_, ElementsAre(true, false));
}

TEST_F(LeadershipTest, WithoutAnElectionItNeverEnds) {
  leadership_.LeadUntil(SteadyTime::max());
  loop_.Advance(std::chrono::hours(24 * 365));
  EXPECT_TRUE(leadership_.Leads());
  EXPECT_EQ(loop_.pending_timers(), 0U);
}

// A process that was stopped finds the time over before any timer has run.
TEST_F(LeadershipTest, IsOverBeforeItsTimerHasRun) {
  leadership_.LeadUntil(loop_.Now() + 10s);
  bool led = true;
  loop_.RunAfter(10s - 1ms, [&] { loop_.RunAfter(1ms, [&] { led = leadership_.Leads(); }); });
  loop_.Advance(10s);
  EXPECT_FALSE(led);
}

TEST_F(LeadershipTest, TheFenceLetsReadsThroughAlwaysAndWritesWhileItLeads) {
  http::FakeTransport server(loop_, [](const http::Request&) { return http::Respond(200, "{}"); });
  FencedTransport fenced(server, leadership_);
  const auto send = [&](const char* method) {
    http::Request request;
    request.method = method;
    return RunTask(loop_, fenced.Send(request, {}));
  };
  EXPECT_TRUE(send("GET").ok());
  for (const char* method : {"PATCH", "POST", "PUT", "DELETE"}) {
    EXPECT_EQ(send(method).error().code, ErrorCode::kCancelled) << method;
  }
  EXPECT_THAT(server.requests(), SizeIs(1));
  leadership_.LeadUntil(loop_.Now() + 10s);
  EXPECT_TRUE(send("PATCH").ok());
  loop_.Advance(10s);
  EXPECT_FALSE(send("PATCH").ok());
  EXPECT_THAT(server.requests(), SizeIs(2));
}

}  // namespace
}  // namespace dso::runtime
