#include "kube/token_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kube/kubeconfig_test_files.h"

namespace dso::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string HeaderOf(const Result<Credential>& credential) {
  return credential.ok() ? credential->authorization : "error: " + credential.error().message;
}

TEST(TokenSource, WritesTheHeader) {
  FakeLoop loop;
  const std::pair<User, std::string> users[] = {
      {AnonymousUser{}, ""},
      {TokenUser{"abc"}, "Bearer abc"},
      // RFC 7617, section 2
      {BasicUser{"Aladdin", "open sesame"}, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}};
  for (const auto& [user, header] : users) {
    EXPECT_EQ(HeaderOf(Await(loop, MakeTokenSource(loop, user)->Get({}))), header);
  }
}

class FileToken : public testing::Test {
 protected:
  std::string Get() { return HeaderOf(Await(loop_, source_->Get({}))); }

  const TempDir directory_;
  FakeLoop loop_;
  const std::unique_ptr<TokenSource> source_ =
      MakeTokenSource(loop_, TokenFileUser{.origin = "the token", .file = directory_ / "token"});
};

TEST_F(FileToken, IsReadAgainAfterAMinute) {
  directory_.Write("token", "one\n");
  EXPECT_EQ(Get(), "Bearer one");
  directory_.Write("token", "two\n");
  loop_.Advance(seconds(59));
  EXPECT_EQ(Get(), "Bearer one");
  loop_.Advance(seconds(1));
  EXPECT_EQ(Get(), "Bearer two");
}

TEST_F(FileToken, IsReadAgainOnceItIsRefused) {
  directory_.Write("token", "one");
  EXPECT_EQ(Get(), "Bearer one");
  directory_.Write("token", "two");
  source_->Invalidate({.authorization = "Bearer another"});
  EXPECT_EQ(Get(), "Bearer one");
  source_->Invalidate({.authorization = "Bearer one"});
  EXPECT_EQ(Get(), "Bearer two");
}

TEST_F(FileToken, KeepsTheLastGoodOne) {
  directory_.Write("token", kSecret);
  EXPECT_EQ(Get(), "Bearer " + kSecret);
  std::filesystem::remove(directory_ / "token");
  testing::internal::CaptureStderr();
  for (int minute = 0; minute < 3; ++minute) {
    loop_.Advance(kCredentialFileMaxAge);
    EXPECT_EQ(Get(), "Bearer " + kSecret);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
  EXPECT_THAT(log, HasSubstr("No such file"));
  EXPECT_THAT(log, Not(HasSubstr(kSecret)));
}

TEST_F(FileToken, RefusesWhatIsNoToken) {
  const std::pair<std::string, std::string> refusals[] = {
      {" \n", "is empty"}, {kSecret + "\r\nX-Evil: 1", "more than a token"}, {std::string("a\0b", 3), "more than"}};
  for (const auto& [content, part] : refusals) {
    directory_.Write("token", content);
    const Result<Credential> credential = Await(loop_, source_->Get({}));
    ASSERT_FALSE(credential.ok());
    EXPECT_EQ(credential.error().code, ErrorCode::kUnauthenticated);
    EXPECT_THAT(credential.error().message, HasSubstr("the token " + (directory_ / "token").string()));
    EXPECT_THAT(credential.error().message, HasSubstr(part));
    EXPECT_THAT(credential.error().message, Not(HasSubstr(kSecret)));
  }
  directory_.Write("token", "good");
  EXPECT_EQ(Get(), "Bearer good");
}

// The plugin counts its runs in the file `runs`, fails while there is a file `fail`, and prints a token with the number
// of the run and the expiry in the file `expiry`.
class ExecToken : public testing::Test {
 protected:
  ExecToken() {
    directory_.WriteScript("plugin", R"sh(
cd "$(dirname "$0")"
echo run >> runs
if [ -e fail ]; then echo "session expired" >&2; exit 1; fi
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t%d"%s}}' \
  $(wc -l < runs) "$(cat expiry 2> /dev/null)"
)sh");
    source_ = MakeTokenSource(loop_, ExecConfig{.origin = "user \"u\"",
                                                .command = directory_ / "plugin",
                                                .api_version = "client.authentication.k8s.io/v1"});
  }
  void SetExpiry(milliseconds from_now) {
    directory_.Write("expiry", R"(,"expirationTimestamp":")" + FormatTime(loop_.WallNow() + from_now) + "\"");
  }
  std::string Get() { return HeaderOf(Await(loop_, source_->Get({}))); }
  size_t Runs() const { return CountLines(directory_ / "runs"); }

  const TempDir directory_;
  FakeLoop loop_;
  std::unique_ptr<TokenSource> source_;
};

TEST_F(ExecToken, WithoutAnExpiryIsKept) {
  EXPECT_EQ(Get(), "Bearer t1");
  loop_.Advance(std::chrono::hours(1000));
  EXPECT_EQ(Get(), "Bearer t1");
}

TEST_F(ExecToken, IsRenewedBeforeItExpires) {
  SetExpiry(seconds(600));
  EXPECT_EQ(Get(), "Bearer t1");
  loop_.Advance(seconds(539));
  EXPECT_EQ(Get(), "Bearer t1");
  loop_.Advance(seconds(1));
  SetExpiry(seconds(600));
  EXPECT_EQ(Get(), "Bearer t2");
}

TEST_F(ExecToken, OfAShortLifeIsCachedForHalfOfIt) {
  SetExpiry(seconds(20));
  EXPECT_EQ(Get(), "Bearer t1");
  loop_.Advance(seconds(9));
  EXPECT_EQ(Get(), "Bearer t1");
  loop_.Advance(seconds(1));
  EXPECT_EQ(Get(), "Bearer t2");
}

TEST_F(ExecToken, ThatHasExpiredIsRefused) {
  SetExpiry(seconds(-1));
  EXPECT_THAT(Get(), HasSubstr("user \"u\": the exec plugin's credential expired at 2025-12-31T23:59:59Z"));
}

TEST_F(ExecToken, IsUsedUpToItsEndIfItCannotBeRenewed) {
  SetExpiry(seconds(600));
  EXPECT_EQ(Get(), "Bearer t1");
  directory_.Write("fail", "");
  testing::internal::CaptureStderr();
  loop_.Advance(seconds(560));
  EXPECT_EQ(Get(), "Bearer t1");
  EXPECT_EQ(Get(), "Bearer t1");
  EXPECT_EQ(Runs(), 2u);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("session expired"));
  loop_.Advance(seconds(40));
  EXPECT_THAT(Get(), HasSubstr("session expired"));
  std::filesystem::remove(directory_ / "fail");
  SetExpiry(seconds(600));
  loop_.Advance(kExecPause);
  EXPECT_EQ(Get(), "Bearer t4");
}

TEST_F(ExecToken, RunsOnceForAllWhoWait) {
  std::vector<std::shared_ptr<std::optional<Result<Credential>>>> outcomes;
  for (int i = 0; i < 10; ++i) outcomes.push_back(Start(source_->Get({})));
  for (const auto& outcome : outcomes) EXPECT_EQ(HeaderOf(Await(loop_, outcome)), "Bearer t1");
  EXPECT_EQ(Runs(), 1u);
}

TEST_F(ExecToken, ACallerMayStopWaiting) {
  std::stop_source stop;
  const auto stopped = Start(source_->Get(stop.get_token()));
  const auto other = Start(source_->Get({}));
  stop.request_stop();
  EXPECT_EQ(Await(loop_, stopped).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(HeaderOf(Await(loop_, other)), "Bearer t1");
}

TEST_F(ExecToken, RunsAgainOnceItIsRefused) {
  EXPECT_EQ(Get(), "Bearer t1");
  source_->Invalidate({.authorization = "Bearer t0"});
  EXPECT_EQ(Get(), "Bearer t1");
  source_->Invalidate({.authorization = "Bearer t1"});
  EXPECT_EQ(Get(), "Bearer t2");
  // A server that refuses all of them does not make us run it all the time.
  source_->Invalidate({.authorization = "Bearer t2"});
  EXPECT_EQ(Get(), "Bearer t2");
  loop_.Advance(kExecPause);
  source_->Invalidate({.authorization = "Bearer t2"});
  EXPECT_EQ(Get(), "Bearer t3");
}

TEST_F(ExecToken, AFailureIsRememberedForAMoment) {
  directory_.Write("fail", "");
  EXPECT_THAT(Get(), HasSubstr("session expired"));
  EXPECT_THAT(Get(), HasSubstr("session expired"));
  EXPECT_EQ(Runs(), 1u);
  std::filesystem::remove(directory_ / "fail");
  loop_.Advance(kExecPause);
  EXPECT_EQ(Get(), "Bearer t2");
}

}  // namespace
}  // namespace dso::kube
