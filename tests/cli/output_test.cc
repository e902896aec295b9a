// The files that a backtest writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/csv.h"
#include "cli/files.h"
#include "cli/result_json.h"
#include "sim/trace.h"
#include "tests/cli/sample_result.h"

namespace dso::cli {
namespace {

using test::kMonday;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Csv, WritesTheFloor) {
  EXPECT_EQ(FloorCsv({{kMonday, 3}, {kMonday + 90s, 12}, {kMonday + 90250ms, 4}}),
            "timestamp,replicas\n"
            "2026-11-30T00:00:00Z,3\n"
            "2026-11-30T00:01:30Z,12\n"
            "2026-11-30T00:01:30.250Z,4\n");
}

TEST(Csv, WritesForecastsWithoutLoss) {
  const std::string csv = ForecastCsv(
      {{.issued = kMonday, .target = kMonday + 20min, .expected = 0.1, .quantile = 1.0 / 3, .peak_quantile = 7}});
  EXPECT_EQ(csv,
            "issued,target,expected,quantile\n"
            "2026-11-30T00:00:00Z,2026-11-30T00:20:00Z,0.1,0.3333333333333333\n");
}

TEST(Csv, AFloorCanBeReadAsATrace) {
  const auto trace = sim::ParseTrace("floor", FloorCsv({{kMonday, 3}, {kMonday + 90250ms, 12}}));
  ASSERT_TRUE(trace.ok()) << trace.error().message;
  EXPECT_EQ(trace->samples[1].at, kMonday + 90250ms);
}

TEST(ResultJson, HasTheFiguresAndNullForWhatIsNotKnown) {
  sim::BacktestResult result = test::SampleResult();
  const auto json = nlohmann::json::parse(ResultJson(result));
  EXPECT_EQ(json["trace"], "chat.csv");
  EXPECT_EQ(json["judgedFrom"], "2026-12-07T00:00:00Z");
  EXPECT_EQ(json["options"]["leadSeconds"], 600);
  EXPECT_EQ(json["options"]["policy"]["floorTarget"], 0.7);
  EXPECT_EQ(json["alone"]["lostShare"], 0.000125);
  EXPECT_EQ(json["withFloor"]["worstBusySeconds"], 180);
  EXPECT_TRUE(json["accuracy"]["wapeSeasonalNaive"].is_null());
  EXPECT_FALSE(json.contains("frontier"));

  sim::FrontierPoint point;
  point.relative_loss = std::numeric_limits<double>::infinity();
  result.frontier = {point};
  result.trace = "\xFF.csv";
  const auto with_frontier = nlohmann::json::parse(ResultJson(result));
  EXPECT_TRUE(with_frontier["frontier"][0]["relativeLoss"].is_null());
  EXPECT_TRUE(with_frontier.contains("recommended"));
}

class Files : public testing::Test {
 protected:
  Files() { std::filesystem::create_directories(directory_); }
  ~Files() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  size_t Count() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory_), {}));
  }

 private:
  std::filesystem::path directory_ =
      std::filesystem::path(testing::TempDir()) /
      ("files_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(Files, AreWrittenWholeAndReadBack) {
  const std::string content(300'000, 'x');
  ASSERT_TRUE(WriteWholeFile(Path("out"), "old").ok());
  ASSERT_TRUE(WriteWholeFile(Path("out"), content).ok());
  EXPECT_EQ(*ReadWholeFile(Path("out")), content);
  EXPECT_EQ(Count(), 1u);
}

TEST_F(Files, ErrorsNameThePath) {
  const auto missing = ReadWholeFile(Path("none.csv"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().message, "cannot read " + Path("none.csv") + ": No such file or directory");
  const auto written = WriteWholeFile(Path("none/out.csv"), "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().message, "cannot write " + Path("none/out.csv") + ": No such file or directory");
  EXPECT_EQ(written.error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(ReadWholeFile(Path("")).ok());  // a directory
  EXPECT_FALSE(WriteWholeFile(Path(""), "x").ok());
}

TEST_F(Files, WhatIsNoRegularFileIsWrittenTo) {
  ASSERT_TRUE(WriteWholeFile("/dev/null", "x").ok());
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const auto full = WriteWholeFile("/dev/full", "x");
  ASSERT_FALSE(full.ok());
  EXPECT_THAT(full.error().message, HasSubstr("cannot write /dev/full"));
}

}  // namespace
}  // namespace dso::cli
