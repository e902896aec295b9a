#include "decide/floor_reason.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tests/decide/sample.h"

namespace dso::decide {
namespace {

std::string Document() {
  std::ifstream file(DSO_SOURCE_DIR "/docs/decisions.md");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Lines of the table below this heading of docs/decisions.md, without its head.
std::vector<std::string> RowsBelow(const std::string& heading) {
  std::istringstream file(Document());
  std::vector<std::string> rows;
  bool is_below = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#")) is_below = line == heading;
    if (is_below && line.starts_with("| `")) rows.push_back(line);
  }
  return rows;
}

template <typename Texts>
std::vector<std::string> RowsOf(const Texts& texts) {
  std::vector<std::string> rows;
  for (const auto& text : texts) {
    const bool leaves = !text.leaves.empty();
    rows.push_back(fmt::format("| `{}` | {} |{}{} |", text.name, text.when, leaves ? " " : "", text.leaves));
  }
  return rows;
}

TEST(FloorReason, TheDocumentHasTheReasonsOfTheCode) {
  EXPECT_EQ(RowsBelow("## What a floor follows"), RowsOf(kFloorReasons));
}

TEST(FloorReason, TheDocumentHasTheHoldsOfTheCode) { EXPECT_EQ(RowsBelow("## What holds a floor"), RowsOf(kHolds)); }

TEST(FloorReason, TheDocumentDrawsEachReason) {
  const std::string text = Document();
  const size_t begin = text.find("```mermaid");
  ASSERT_NE(begin, std::string::npos);
  const std::string drawing = text.substr(begin, text.find("```", begin + 3) - begin);
  EXPECT_THAT(drawing, testing::HasSubstr("stateDiagram-v2"));
  for (const auto& reason : kFloorReasons) EXPECT_THAT(drawing, testing::HasSubstr(std::string(reason.name)));
}

TEST(FloorReason, TheDocumentHasAnExplanationOfTheCode) {
  test::Watched service;
  service.snapshot.capacity = PlanWith(7.5, 10, "PerReplica");
  const Forecast forecast{.state = Forecast::State::kReady,
                          .expected = 60,
                          .quantile = 78,
                          .peak_at = test::kMorning + std::chrono::minutes(4)};
  const Decision decision = service.Look(milliseconds(0), test::Known(51), forecast);
  EXPECT_THAT(Document(), testing::HasSubstr("\n    " + decision.explanation + "\n"));
}

TEST(FloorReason, TextsStandWhereTheirEnumeratorSays) {
  for (size_t i = 0; i < kFloorReasons.size(); ++i) EXPECT_EQ(static_cast<size_t>(kFloorReasons[i].state), i);
  for (size_t i = 0; i < kHolds.size(); ++i) EXPECT_EQ(static_cast<size_t>(kHolds[i].state), i);
  EXPECT_EQ(ToString(FloorReason::kHeld), "Held");
  EXPECT_EQ(ToString(Hold::kClock), "Clock");
}

}  // namespace
}  // namespace dso::decide
