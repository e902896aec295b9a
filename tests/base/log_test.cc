#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/log_throttle.h"

namespace dso {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

class LogTest : public testing::Test {
 protected:
  void TearDown() override { ConfigureLog(LogLevel::kInfo, LogFormat::kText); }

  static std::string Logged(std::string_view message, std::initializer_list<LogField> fields) {
    testing::internal::CaptureStderr();
    LogInfo(message, fields);
    return testing::internal::GetCapturedStderr();
  }
};

TEST_F(LogTest, TextIsTimeLevelMessageAndFields) {
  EXPECT_THAT(Logged("floor raised", {{"service", "shop/chat"}, {"floor", "7"}}),
              MatchesRegex("[0-9-]+T[0-9:.]+Z info    floor raised service=shop/chat floor=7\n"));
}

TEST_F(LogTest, TextQuotesWhatWouldBeMisread) {
  EXPECT_THAT(Logged("m", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "say \"hi\""}, {"e", "back\\slash"}}),
              EndsWith(R"( m a="two words" b="" c="x=y" d="say \"hi\"" e="back\\slash")"
                       "\n"));
}

TEST_F(LogTest, JsonIsOneObject) {
  ConfigureLog(LogLevel::kInfo, LogFormat::kJson);
  EXPECT_THAT(Logged("floor \"raised\"", {{"service", "shop/chat"}}),
              EndsWith(R"("level":"info","message":"floor \"raised\"","service":"shop/chat"})"
                       "\n"));
}

TEST_F(LogTest, NothingBreaksALineInTwoOrDrivesATerminal) {
  const std::string nasty("a\nb\r\tc\x1b[31m\0d\x7f", 14);
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    ConfigureLog(LogLevel::kInfo, format);
    const std::string line = Logged(nasty, {{"field", nasty}});
    EXPECT_EQ(std::count_if(line.begin(), line.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }), 1)
        << line;
    EXPECT_THAT(line, EndsWith("\n"));
    EXPECT_THAT(line, HasSubstr(R"(a\nb\u000d\tc\u001b[31m\u0000d\u007f)"));
  }
}

TEST_F(LogTest, NothingMakesALineLookLikeAnother) {
  // A C1 control, an override of the direction of writing, a line separator, bytes that are no UTF-8.
  const std::string nasty =
      "a\xc2\x9b"
      "31m\xe2\x80\xae"
      "b\xe2\x80\xa8"
      "c\xff\xc0\xaf\xed\xa0\x80\xf0\x9f"
      "d";
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    ConfigureLog(LogLevel::kInfo, format);
    const std::string line = Logged(nasty, {{"field", nasty}});
    EXPECT_TRUE(std::all_of(line.begin(), line.end(), [](unsigned char c) { return c < 0x80; })) << line;
    EXPECT_THAT(line, HasSubstr(R"(a\u009b31m\u202eb\u2028c\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdd)"));
  }
}

TEST_F(LogTest, Utf8PassesAsItIs) {
  EXPECT_THAT(Logged("m", {{"name", "größe"}}), HasSubstr("name=größe"));
  EXPECT_THAT(Logged("m", {{"name", "€你\xf0\x9f\x98\x80"}}), HasSubstr("name=€你\xf0\x9f\x98\x80"));
}

TEST_F(LogTest, IsSilentBelowItsLevel) {
  ConfigureLog(LogLevel::kWarning, LogFormat::kText);
  EXPECT_EQ(Logged("not shown", {}), "");
}

TEST_F(LogTest, OneCauseIsNotToldForEachService) {
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    LogWarning("condition is False", {{"service", std::to_string(i)}, {"reason", "Unreachable"}});
    LogInfo("floor", {{"service", std::to_string(i)}});
  }
  LogWarning("condition is False", {{"service", "chat"}, {"reason", "Forbidden"}});
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), kLogBurst + 100 + 1);
  EXPECT_THAT(text, HasSubstr("reason=Forbidden"));
}

TEST_F(LogTest, ParsesTheNamesOfLevelsAndFormats) {
  EXPECT_EQ(*ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(*ParseLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(*ParseLogFormat("json"), LogFormat::kJson);
  EXPECT_EQ(ParseLogLevel("INFO").error().message,
            "\"INFO\" is not a log level; choose one of: debug, info, warning, error");
  EXPECT_EQ(ParseLogFormat("xml").error().message, "\"xml\" is not a log format; choose one of: text, json");
}

}  // namespace
}  // namespace dso
