#include "kube/line_framer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace dso::kube {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// The lines that come out when `chunks` go in, each read as soon as it is whole.
std::vector<std::string> Lines(const std::vector<std::string>& chunks) {
  LineFramer framer(100);
  std::vector<std::string> lines;
  for (const std::string& chunk : chunks) {
    EXPECT_TRUE(framer.Append(chunk).ok());
    while (auto line = framer.NextLine()) lines.push_back(*std::move(line));
  }
  return lines;
}

TEST(LineFramer, HandsOutSeveralLinesOfOneChunk) { EXPECT_THAT(Lines({"a\nb\nc\n"}), ElementsAre("a", "b", "c")); }

TEST(LineFramer, ALineIsWholeOnlyWithItsEnd) {
  EXPECT_THAT(Lines({"a"}), IsEmpty());
  EXPECT_THAT(Lines({"a", "b", "\n", "c"}), ElementsAre("ab"));
}

TEST(LineFramer, TakesBothKindsOfLineBreakAndSkipsEmptyLines) {
  EXPECT_THAT(Lines({"a\r\nb\n\n\r\nc\r\n"}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Lines({"a\r", "\nb\n"}), ElementsAre("a", "b"));
}

TEST(LineFramer, ASplitAnywhereChangesNothing) {
  const std::string text = "{\"a\":1}\r\n{\"b\":\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x90\x8B\"}\n\n{\"c\":2}\n";
  const std::vector<std::string> whole = Lines({text});
  ASSERT_EQ(whole.size(), 3u);
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      EXPECT_EQ(Lines({text.substr(0, first), text.substr(first, second - first), text.substr(second)}), whole);
    }
  }
}

TEST(LineFramer, ALineThatNeverEndsIsAnError) {
  LineFramer framer(10);
  EXPECT_TRUE(framer.Append("0123456789").ok());
  EXPECT_EQ(framer.NextLine(), std::nullopt);
  const Status status = framer.Append("x");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().code, ErrorCode::kResourceExhausted);
}

TEST(LineFramer, ManyShortLinesInOneChunkAreNotTooLong) {
  LineFramer framer(10);
  EXPECT_TRUE(framer.Append("aaaa\nbbbb\ncccc\ndd").ok());
  for (const char* line : {"aaaa", "bbbb", "cccc"}) EXPECT_EQ(framer.NextLine(), line);
  EXPECT_TRUE(framer.Append("dd\n").ok());
  EXPECT_EQ(framer.NextLine(), "dddd");
}

TEST(LineFramer, RandomChunksReadInAnyRhythmGiveTheSameLines) {
  std::minstd_rand random(3);
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 2000; ++i) {
    expected.push_back(std::string(1 + random() % 40, static_cast<char>('a' + random() % 26)));
    text += expected.back() + (random() % 2 == 0 ? "\n" : "\r\n");
  }
  LineFramer framer(1 << 20);
  std::vector<std::string> lines;
  for (size_t at = 0; at < text.size();) {
    const size_t length = random() % 60;
    ASSERT_TRUE(framer.Append(std::string_view(text).substr(at, length)).ok());
    at += length;
    for (size_t reads = random() % 4; reads > 0; --reads) {
      if (auto line = framer.NextLine()) lines.push_back(*std::move(line));
    }
  }
  while (auto line = framer.NextLine()) lines.push_back(*std::move(line));
  EXPECT_EQ(lines, expected);
}

}  // namespace
}  // namespace dso::kube
