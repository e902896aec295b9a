#include "prom/answer_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/prom/api_json.h"

namespace dso::prom {
namespace {

using testing::HasSubstr;

struct Outcome {
  std::vector<Series> series;
  Answer<AnswerEnd> end;
};

Outcome Read(ElementKind expected, const std::vector<std::string>& chunks, size_t max_series = kMaxSeries) {
  std::vector<Series> series;
  AnswerReader reader(expected, max_series, [&](Series& one) { series.push_back(std::move(one)); });
  for (const std::string& chunk : chunks) {
    if (!reader.Feed(chunk)) break;
  }
  return {std::move(series), std::move(reader).Finish()};
}

Reason ReasonOf(ElementKind expected, const std::string& text) { return Read(expected, {text}).end.reason(); }

std::string MatrixAnswer() {
  return MatrixJson({{.labels = Of("prod", "chat\"}{[\\"),
                      .points = {{.at = AtSecond(1'700'000'000), .value = 1.5},
                                 {.at = AtSecond(1'700'000'060), .value = std::numeric_limits<double>::quiet_NaN()}}},
                     {.labels = Of("prod", "search"),
                      .points = {{.at = AtSecond(1'700'000'000) + milliseconds(250), .value = -INFINITY}}}},
                    {"a store is away"});
}

TEST(AnswerReader, ReadsAMatrixWhereverItsChunksEnd) {
  const std::string text = MatrixAnswer();
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const Outcome outcome = Read(ElementKind::kMatrix, {text.substr(0, cut), text.substr(cut)});
    ASSERT_TRUE(outcome.end.ok()) << cut;
    ASSERT_EQ(outcome.series.size(), 2U);
    EXPECT_EQ(outcome.series[0].labels, Of("prod", "chat\"}{[\\"));
    ASSERT_EQ(outcome.series[0].points.size(), 2U);
    EXPECT_EQ(outcome.series[0].points[0].at, AtSecond(1'700'000'000));
    EXPECT_EQ(outcome.series[0].points[0].value, 1.5);
    EXPECT_TRUE(std::isnan(outcome.series[0].points[1].value));
    EXPECT_EQ(outcome.series[1].points[0].at, AtSecond(1'700'000'000) + milliseconds(250));
    EXPECT_EQ(outcome.series[1].points[0].value, -INFINITY);
    EXPECT_THAT(outcome.end->notes.warnings, testing::ElementsAre("a store is away"));
  }
}

TEST(AnswerReader, ReadsByteByByte) {
  std::vector<std::string> bytes;
  for (const char c : MatrixAnswer()) bytes.emplace_back(1, c);
  const Outcome outcome = Read(ElementKind::kMatrix, bytes);
  EXPECT_TRUE(outcome.end.ok());
  EXPECT_EQ(outcome.series.size(), 2U);
}

TEST(AnswerReader, ReadsWhatOtherServersAdd) {
  const Outcome outcome = Read(ElementKind::kVector, {R"( {"isPartial":false,"data":{"result":[
      {"metric":{"__name__":"up"},"value":[1700000000.5,"1e3"],"exemplars":[{"a":[1]}],"group":1}],"resultType":"vector"},
      "stats":{"seriesFetched":"1"},"infos":["a hint"],"status":"success"} )"});
  ASSERT_TRUE(outcome.end.ok()) << outcome.end.error().message;
  ASSERT_EQ(outcome.series.size(), 1U);
  EXPECT_EQ(outcome.series[0].points[0].value, 1000);
  EXPECT_THAT(outcome.end->notes.infos, testing::ElementsAre("a hint"));
}

TEST(AnswerReader, AcceptsAScalarAsASingleValue) {
  const Outcome outcome =
      Read(ElementKind::kVector, {SuccessJson("scalar", PointJson({.at = AtSecond(7), .value = 42}))});
  ASSERT_TRUE(outcome.end.ok());
  ASSERT_TRUE(outcome.end->scalar);
  EXPECT_EQ(outcome.end->scalar->value, 42);
  EXPECT_EQ(outcome.end->scalar->at, AtSecond(7));
}

TEST(AnswerReader, TellsWrongTypes) {
  EXPECT_EQ(ReasonOf(ElementKind::kVector, MatrixAnswer()), Reason::kWrongType);
  EXPECT_EQ(ReasonOf(ElementKind::kVector, MatrixJson({})), Reason::kWrongType);
  EXPECT_EQ(ReasonOf(ElementKind::kVector, R"({"status":"success","data":{"resultType":"string","result":[1,"a"]}})"),
            Reason::kWrongType);
  EXPECT_EQ(ReasonOf(ElementKind::kMatrix, VectorJson({})), Reason::kWrongType);
  EXPECT_EQ(
      ReasonOf(
          ElementKind::kVector,
          R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1"}]}]}})"),
      Reason::kWrongType);
}

TEST(AnswerReader, TellsATruncatedAnswer) {
  const std::string text = MatrixAnswer();
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_EQ(ReasonOf(ElementKind::kMatrix, text.substr(0, length)), Reason::kTruncated) << length;
  }
}

TEST(AnswerReader, TellsAnHtmlPage) {
  const Outcome outcome = Read(ElementKind::kVector, {"\n<!DOCTYPE html><html>login</html>"});
  EXPECT_EQ(outcome.end.reason(), Reason::kNotPrometheus);
  EXPECT_THAT(outcome.end.error().message, HasSubstr("HTML"));
}

TEST(AnswerReader, TellsWhatIsNotPrometheus) {
  for (const char* text : {
           "hello",
           "[]",
           "42",
           "{}",
           R"({"status":"ok"})",
           R"({"status":"success"})",
           R"({"status":"success","data":[]})",
           R"({"status":"success","data":{"result":[]}})",
           R"({"status":"success","data":{"resultType":"vector","result":{}}})",
           R"({"status":"success","data":{"resultType":"vector","result":[1]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{}]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":["1",1]}]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"one"]}]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1","2"]}]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1e300,"1"]}]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"1"]}]}})",
           R"({"status":"success","data":{"resultType":"scalar","result":[1,2]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[,]}})",
           R"({"status":"success","data":{"resultType":"vector","result":[]}} trailing)",
           R"({"status":"success","data":{"resultType":"vector","result":[]}}{})",
           R"({"status":"success","data":{"resultType":"vector","result":[}})",
       }) {
    EXPECT_EQ(ReasonOf(ElementKind::kVector, text), Reason::kNotPrometheus) << text;
  }
  EXPECT_EQ(ReasonOf(ElementKind::kMatrix, MatrixJson({{.points = {{.at = AtSecond(2)}, {.at = AtSecond(1)}}}})),
            Reason::kNotPrometheus)
      << "time runs backwards";
}

TEST(AnswerReader, ReportsPrometheusOwnErrorInsideAnAnswer) {
  const Outcome outcome = Read(ElementKind::kVector, {ErrorJson("bad_data", "parse error at char 3")});
  EXPECT_EQ(outcome.end.reason(), Reason::kBadQuery);
  EXPECT_THAT(outcome.end.error().message, HasSubstr("parse error at char 3"));
}

TEST(AnswerReader, BoundsTheNumberOfSeries) {
  EXPECT_EQ(Read(ElementKind::kMatrix, {MatrixAnswer()}, 1).end.reason(), Reason::kSeveralSeries);
  EXPECT_EQ(
      Read(ElementKind::kMatrix, {MatrixJson({{.points = {{}}}, {.points = {{}}}, {.points = {{}}}})}, 2).end.reason(),
      Reason::kTooLarge);
}

TEST(AnswerReader, BoundsWhatItHoldsOfOneSeriesAndOfTheEnvelope) {
  const std::string start = R"({"status":"success","data":{"resultType":"matrix","result":[)";
  const std::vector<std::string> endless_series = {start + R"({"metric":{"a":")",
                                                   std::string(ElementSplitter::kMaxElementBytes, 'x')};
  EXPECT_EQ(Read(ElementKind::kMatrix, endless_series).end.reason(), Reason::kNotPrometheus);
  const std::vector<std::string> endless_envelope = {"{\"", std::string(ElementSplitter::kMaxEnvelopeBytes, 'x')};
  EXPECT_EQ(Read(ElementKind::kMatrix, endless_envelope).end.reason(), Reason::kNotPrometheus);
  EXPECT_EQ(ReasonOf(ElementKind::kMatrix, std::string(1000, '[')), Reason::kNotPrometheus);
  EXPECT_EQ(ReasonOf(ElementKind::kMatrix, "{\"a\":" + std::string(100'000, '[')), Reason::kNotPrometheus);
}

// Every mutation ends in a value or in an error that says something; never in a crash.
TEST(AnswerReader, SurvivesMutatedAnswers) {
  std::mt19937 random(20260101);
  const std::vector<std::string> seeds = {MatrixAnswer(), VectorJson({{.labels = Of("a", "b"), .points = {{}}}}, {"w"}),
                                          SuccessJson("scalar", PointJson({})), ErrorJson("execution", "no")};
  const std::string alphabet = "{}[]\",:\\0159.eE+-nulltrue \xff\x80\n";
  const auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[below(seeds.size())];
    const size_t edits = 1 + below(4);
    for (size_t edit = 0; edit < edits && !text.empty(); ++edit) {
      const size_t at = below(text.size());
      switch (below(4)) {
        case 0: text[at] = alphabet[below(alphabet.size())]; break;
        case 1: text.erase(at, 1 + below(8)); break;
        case 2: text.insert(at, 1, alphabet[below(alphabet.size())]); break;
        default: text.insert(at, text.substr(below(text.size()), below(20))); break;
      }
    }
    const size_t cut = below(text.size() + 1);
    const ElementKind kind = below(2) == 0 ? ElementKind::kVector : ElementKind::kMatrix;
    const Outcome outcome = Read(kind, {text.substr(0, cut), text.substr(cut)});
    if (outcome.end.ok()) {
      EXPECT_EQ(outcome.end.reason(), Reason::kNone);
    } else {
      EXPECT_NE(outcome.end.reason(), Reason::kNone);
      EXPECT_FALSE(outcome.end.error().message.empty());
    }
  }
}

// Noise that is not even near JSON is always an error.
TEST(AnswerReader, RefusesNoise) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 2'000; ++round) {
    std::string text(64, '\0');
    for (char& c : text) c = static_cast<char>(byte(random));
    EXPECT_FALSE(Read(ElementKind::kVector, {text}).end.ok());
  }
}

TEST(ParseSampleValue, ReadsWhatPrometheusWrites) {
  EXPECT_EQ(ParseSampleValue("0.1"), 0.1);
  EXPECT_EQ(ParseSampleValue("-1.5e+09"), -1.5e9);
  EXPECT_EQ(ParseSampleValue("+Inf"), INFINITY);
  EXPECT_EQ(ParseSampleValue("-Inf"), -INFINITY);
  EXPECT_TRUE(std::isnan(ParseSampleValue("NaN").value()));
  for (const char* bad : {"", "+", "one", "1 ", " 1", "0x10", "1,5"}) EXPECT_FALSE(ParseSampleValue(bad)) << bad;
}

}  // namespace
}  // namespace dso::prom
