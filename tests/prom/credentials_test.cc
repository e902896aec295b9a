#include "prom/credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/prom/secret_file.h"

namespace dso::prom {
namespace {

using testing::HasSubstr;
using testing::Not;

ServerConfig WithToken(const std::string& path) {
  ServerConfig config;
  config.bearer_token_file = path;
  return config;
}

TEST(Credentials, AreNoneWithoutConfiguration) {
  const Result<Credentials> credentials = ReadCredentials(ServerConfig{});
  ASSERT_TRUE(credentials.ok());
  EXPECT_EQ(credentials->authorization, "");
}

TEST(Credentials, FollowARotatedToken) {
  const SecretFile file("first\n");
  EXPECT_EQ(ReadCredentials(WithToken(file.path()))->authorization, "Bearer first");
  file.Write("second");
  EXPECT_EQ(ReadCredentials(WithToken(file.path()))->authorization, "Bearer second");
}

TEST(Credentials, ReadUserAndPasswordFromFiles) {
  const SecretFile user("Aladdin\n");
  const SecretFile password("open sesame\r\n");
  ServerConfig config;
  config.basic_auth = BasicAuth{.username = "", .username_file = user.path(), .password_file = password.path()};
  EXPECT_EQ(ReadCredentials(config)->authorization, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");  // RFC 7617, section 2
}

TEST(Credentials, NameTheFileThatCannotBeUsedAndNotItsContent) {
  EXPECT_THAT(ReadCredentials(WithToken("/does/not/exist")).error().message, HasSubstr("/does/not/exist"));
  const SecretFile empty(" \n");
  EXPECT_THAT(ReadCredentials(WithToken(empty.path())).error().message, HasSubstr("empty"));
  const SecretFile lines("s3cret\nX-Injected: yes");
  const Error error = ReadCredentials(WithToken(lines.path())).error();
  EXPECT_EQ(error.code, ErrorCode::kUnauthenticated);
  EXPECT_THAT(error.message, HasSubstr("several lines"));
  EXPECT_THAT(error.message, Not(HasSubstr("s3cret")));
}

TEST(Credentials, RefuseAFileWithoutEnd) {
  EXPECT_THAT(ReadCredentials(WithToken("/dev/zero")).error().message, HasSubstr("64 KiB"));
}

TEST(Redact, HidesEverySecretWhereverItStands) {
  const Credentials credentials{.authorization = "", .secrets = {"abc", "xyz"}};
  EXPECT_EQ(Redact("abc, xyz and abc", credentials), "[redacted], [redacted] and [redacted]");
  EXPECT_EQ(Redact("nothing", credentials), "nothing");
}

// RFC 4648, section 10.
TEST(Base64, EncodesTheTestVectors) {
  EXPECT_EQ(EncodeBase64(""), "");
  EXPECT_EQ(EncodeBase64("f"), "Zg==");
  EXPECT_EQ(EncodeBase64("fo"), "Zm8=");
  EXPECT_EQ(EncodeBase64("foo"), "Zm9v");
  EXPECT_EQ(EncodeBase64("foob"), "Zm9vYg==");
  EXPECT_EQ(EncodeBase64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(EncodeBase64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(EncodeBase64("\xff\xfe"), "//4=");
}

}  // namespace
}  // namespace dso::prom
