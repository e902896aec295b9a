#include "sim/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "sim/report_days.h"
#include "sim/report_format.h"
#include "sim/report_frontier.h"

namespace dso::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr WallTime kStart = std::chrono::sys_days(std::chrono::year(2026) / std::chrono::March / 2);  // a Monday
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What is wrong with the nesting of the tags, or nothing. Knows the void elements and raw text that the report has.
std::string Malformed(std::string_view html) {
  const std::set<std::string, std::less<>> void_elements{"meta", "br", "!DOCTYPE"};
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at)) {
    size_t end = at + 1;
    for (bool quoted = false; end < html.size() && (quoted || html[end] != '>'); ++end) {
      if (html[end] == '"') quoted = !quoted;
      if (!quoted && html[end] == '<') return fmt::format("a '<' within the tag at {}", at);
    }
    if (end == html.size()) return fmt::format("the tag at {} does not end", at);
    const std::string_view tag = html.substr(at + 1, end - at - 1);
    const bool closing = tag.starts_with('/');
    const std::string name(tag.substr(closing ? 1 : 0, tag.find_first_of(" /\n", 1) - (closing ? 1 : 0)));
    at = end + 1;
    if (closing) {
      if (open.empty() || open.back() != name) return "unexpected </" + name + ">";
      open.pop_back();
    } else if (!tag.ends_with('/') && !void_elements.contains(name)) {
      open.push_back(name);
      if (name == "script" || name == "style") at = html.find("</" + name + ">", at);
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is not closed";
}

size_t Count(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The data of the first path of a class.
std::string PathOf(const std::string& html, std::string_view css_class) {
  const std::string start = fmt::format("<path class=\"{}\" d=\"", css_class);
  const size_t at = html.find(start);
  if (at == std::string::npos) return "";
  const size_t data = at + start.size();
  return html.substr(data, html.find('"', data) - data);
}

FrontierPoint Tried(Policy policy, bool with_floor, double cost, double loss) {
  FrontierPoint point;
  point.policy = policy;
  point.with_floor = with_floor;
  point.relative_cost = cost;
  point.relative_loss = loss;
  return point;
}

BacktestResult Result(size_t moments, milliseconds step = 1min) {
  BacktestResult result;
  result.trace = "chat";
  result.options.capacity_per_replica = 10;
  result.options.lead = 6min;
  result.from = kStart - days(7);
  result.judged_from = kStart;
  for (size_t i = 0; i < moments; ++i) {
    Moment moment;
    moment.at = kStart + static_cast<int64_t>(i) * step;
    moment.demand = 50 + 40 * std::sin(static_cast<double>(i) / 200) + static_cast<double>(i * 7919 % 13);
    moment.expected = moment.demand * 1.01;
    moment.quantile = moment.demand * 1.2;
    moment.floor = static_cast<int>(moment.quantile / 7) + 1;
    moment.replicas_alone = static_cast<int>(moment.demand / 10);
    moment.replicas_with = moment.floor;
    result.timeline.push_back(moment);
    result.to = moment.at;
  }
  result.samples = moments;
  result.alone = {.lost = 12'345, .lost_share = 0.012, .replica_hours = 1000, .busy = 2h, .worst_busy = 22min};
  result.with_floor = {.lost = 120, .lost_share = 0.0001, .replica_hours = 1042, .busy = 4min, .worst_busy = 3min};
  result.accuracy = {moments, 0.083, 0.121, 0.142, 0.91, 0.897, 0.861};
  result.models = {{"Holt-Winters", 0.085, 0.7}, {"last value", 0.121, 0.3}};
  for (const double target : {0.5, 0.7, 0.9}) {
    result.frontier.push_back(Tried({.hpa_target = target}, false, 0.7 / target, std::pow(target / 0.7, 6)));
  }
  for (const double quantile : {0.5, 0.9, 0.99}) {
    result.frontier.push_back(Tried({.quantile = quantile}, true, 0.9 + quantile / 5, 1 - quantile));
  }
  result.recommended = result.frontier.back();
  result.recommendation = "Turn it on.";
  return result;
}

TEST(ReportTest, IsWellFormedAndRefersToNothing) {
  const std::string html = HtmlReport(Result(4 * 1440));
  EXPECT_EQ(Malformed(html), "");
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(Count(html, "href="), 0u);
  EXPECT_EQ(Count(html, "src="), 0u);
  EXPECT_EQ(Count(html, "url("), 0u);
  EXPECT_EQ(Count(html, "<svg "), Count(html, "role=\"img\" aria-label=\""));
  for (const std::string_view bad : {">nan<", "nan,", "\"nan", "inf ", " inf"}) EXPECT_EQ(Count(html, bad), 0u) << bad;
}

TEST(ReportTest, TheCheckerSeesWhatIsMalformed) {
  EXPECT_EQ(Malformed("<p>a<br>b</p>"), "");
  EXPECT_NE(Malformed("<p><b></p></b>"), "");
  EXPECT_NE(Malformed("<p>"), "");
  EXPECT_NE(Malformed("<p <b>"), "");
}

TEST(ReportTest, SaysWhatWasFound) {
  const std::string html = HtmlReport(Result(4 * 1440));
  for (const std::string_view text :
       {"Turn it on.", "12.3k", "+4.2\u00a0%", "22m", "89.7\u00a0%", "90\u00a0% promised", "23 Feb 2026 00:00",
        "Holt-Winters", "recommended", "What this does not know", "How to read this"}) {
    EXPECT_NE(html.find(text), std::string::npos) << text;
  }
}

TEST(ReportTest, EscapesNames) {
  BacktestResult result = Result(100);
  result.trace = "<script>alert('1')</script>";
  result.model = "a<b";
  result.models = {{"\"&<i>", 0.1, 1}};
  result.recommendation = "<b>yes</b>";
  const std::string html = HtmlReport(result);
  EXPECT_EQ(Malformed(html), "");
  EXPECT_EQ(html.find("<script>alert"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;1&#39;)"), std::string::npos);
  EXPECT_NE(html.find("&quot;&amp;&lt;i&gt;"), std::string::npos);
  EXPECT_NE(html.find("&lt;b&gt;yes"), std::string::npos);
}

TEST(ReportTest, TheSameResultGivesTheSameBytes) { EXPECT_EQ(HtmlReport(Result(3000)), HtmlReport(Result(3000))); }

TEST(ReportTest, IsSmallForLongHistories) {
  for (const milliseconds step : {milliseconds(1s), milliseconds(1min), milliseconds(1h)}) {
    const std::string html = HtmlReport(Result(150'000, step));
    EXPECT_LT(html.size(), 2'000'000u) << step.count();
    EXPECT_EQ(Malformed(html), "");
  }
  BacktestResult holes = Result(150'000);
  for (size_t i = 0; i < holes.timeline.size(); i += 2) {
    holes.timeline[i].demand = holes.timeline[i].expected = kNaN;
  }
  EXPECT_LT(HtmlReport(holes).size(), 2'000'000u);
}

TEST(ReportTest, NoForecastIsAGap) {
  BacktestResult result = Result(1000);
  EXPECT_EQ(Count(PathOf(HtmlReport(result), "line expected"), "M"), 1u);
  EXPECT_EQ(Count(PathOf(HtmlReport(result), "band"), "M"), 1u);
  for (size_t i = 300; i < 500; ++i) result.timeline[i].expected = result.timeline[i].quantile = kNaN;
  const std::string html = HtmlReport(result);
  EXPECT_EQ(Count(PathOf(html, "line expected"), "M"), 2u);
  EXPECT_EQ(Count(PathOf(html, "band"), "M"), 2u);
  EXPECT_EQ(Count(PathOf(html, "line demand"), "M"), 1u);
  for (Moment& moment : result.timeline) moment.expected = moment.quantile = kNaN;
  EXPECT_EQ(PathOf(HtmlReport(result), "line expected"), "");
}

TEST(ReportTest, AMissingHourOfSamplesIsAGap) {
  BacktestResult result = Result(1000);
  result.timeline.erase(result.timeline.begin() + 400, result.timeline.begin() + 460);
  EXPECT_EQ(Count(PathOf(HtmlReport(result), "line demand"), "M"), 2u);
}

TEST(ReportTest, ShadesWhatWasSavedAndWhatWasLostAllTheSame) {
  BacktestResult result = Result(1000);  // the HPA alone is always a part of a replica short
  EXPECT_NE(PathOf(HtmlReport(result), "area saved"), "");
  EXPECT_EQ(PathOf(HtmlReport(result), "area lost"), "");
  for (size_t i = 100; i < 200; ++i) result.timeline[i].replicas_with = 1;
  EXPECT_EQ(Count(PathOf(HtmlReport(result), "area lost"), "M"), 1u);
}

TEST(ReportTest, EmptyPartsBecomeSentences) {
  const std::string nothing = HtmlReport(BacktestResult{});
  EXPECT_EQ(Malformed(nothing), "");
  EXPECT_EQ(Count(nothing, "<svg"), 0u);
  EXPECT_NE(nothing.find("nothing to plot"), std::string::npos);
  EXPECT_NE(nothing.find("no frontier to show"), std::string::npos);
  EXPECT_NE(nothing.find("no figures for single models"), std::string::npos);
  EXPECT_NE(nothing.find("No forecast could be judged"), std::string::npos);

  BacktestResult infinite = Result(10);
  for (FrontierPoint& point : infinite.frontier) point.relative_loss = std::numeric_limits<double>::infinity();
  infinite.recommended = infinite.frontier.back();
  EXPECT_NE(HtmlReport(infinite).find("no frontier to show"), std::string::npos);
}

TEST(ReportTest, OnePointAndNoDemandAreDrawn) {
  EXPECT_EQ(Malformed(HtmlReport(Result(1))), "");
  EXPECT_NE(PathOf(HtmlReport(Result(1)), "line demand"), "");

  BacktestResult zero = Result(3 * 1440);
  for (Moment& moment : zero.timeline) moment.demand = moment.expected = moment.quantile = 0;
  const std::string html = HtmlReport(zero);
  EXPECT_EQ(Malformed(html), "");
  EXPECT_NE(html.find("the day with the steepest rise"), std::string::npos);
  EXPECT_NE(html.find("At no moment of the plot"), std::string::npos);
}

TEST(ReportTest, HugeAndTinyDemandHaveSuffixes) {
  for (const double factor : {1e28, 1e-6}) {
    BacktestResult result = Result(1000);
    result.options.capacity_per_replica *= factor;
    for (Moment& moment : result.timeline) {
      for (double* value : {&moment.demand, &moment.expected, &moment.quantile}) *value *= factor;
    }
    const std::string html = HtmlReport(result);
    EXPECT_NE(html.find(factor > 1 ? "200R<" : "20µ<"), std::string::npos) << factor;
    EXPECT_EQ(Count(html, "inf"), Count(HtmlReport(Result(1000)), "inf"));
  }
}

TEST(FormatTest, Numbers) {
  EXPECT_EQ(FormatSi(0), "0");
  EXPECT_EQ(FormatSi(999.9), "1k");
  EXPECT_EQ(FormatSi(1234), "1.23k");
  EXPECT_EQ(FormatSi(-17.84), "−17.8");
  EXPECT_EQ(FormatSi(0.0321), "0.0321");
  EXPECT_EQ(FormatSi(0.00099), "990µ");
  EXPECT_EQ(FormatSi(1e3), "1k");
  EXPECT_EQ(FormatSi(1e30), "1Q");
  EXPECT_EQ(FormatSi(kNaN), "–");
  EXPECT_EQ(FormatGrouped(1'214'306), "1\u202f214\u202f306");
  EXPECT_EQ(FormatPercent(0.0312), "3.1\u00a0%");
  EXPECT_EQ(FormatPercent(0.000012), "0.0012\u00a0%");
  EXPECT_EQ(FormatPercent(0.9999), "100\u00a0%");
  EXPECT_EQ(FormatChange(100, 104.2), "+4.2\u00a0%");
  EXPECT_EQ(FormatChange(100, 5), "−95\u00a0%");
  EXPECT_EQ(FormatChange(0, 0), "no change");
  EXPECT_EQ(FormatChange(0, 1), "–");
  EXPECT_EQ(FormatMinute(kStart + 555min), "2 Mar 2026 09:15");
  EXPECT_EQ(FormatDay(kStart - days(1)), "Sun 1 Mar 2026");
}

TEST(DaysTest, TheDayOfTheGreatestLoss) {
  BacktestResult result = Result(4 * 1440);
  for (Moment& moment : result.timeline) moment.replicas_alone = moment.replicas_with = 100;
  result.timeline[2 * 1440 + 30].replicas_alone = 0;
  result.timeline[2 * 1440 + 30].demand = 70;
  const std::vector<DayLoss> losses = LossByDay(result.timeline, 10);
  ASSERT_EQ(losses.size(), 4u);
  EXPECT_DOUBLE_EQ(losses[2].alone, 70 * 60);
  EXPECT_DOUBLE_EQ(losses[2].with_floor, 0);
  EXPECT_DOUBLE_EQ(losses[1].alone, 0);
  EXPECT_EQ(DetailDay(result.timeline, losses, 6min), kStart + days(2));
}

TEST(DaysTest, WithoutLossTheDayOfTheSteepestRise) {
  BacktestResult result = Result(4 * 1440);
  for (Moment& moment : result.timeline) {
    moment.demand = 1;
    moment.replicas_alone = 100;
  }
  result.timeline[1440 + 700].demand = 500;
  EXPECT_EQ(DetailDay(result.timeline, LossByDay(result.timeline, 10), 6min), kStart + days(1));
}

TEST(FrontierTest, TheBestAreNotBeaten) {
  const std::vector<FrontierPoint> points{
      Tried({}, true, 1.2, 0.1), Tried({}, true, 1.0, 0.5),  Tried({}, true, 1.1, 0.6), Tried({}, true, 1.0, 0.4),
      Tried({}, true, kNaN, 0),  Tried({}, false, 1.0, 0.4), Tried({}, true, 1.3, 0.1)};
  EXPECT_EQ(ParetoBest(points), (std::vector<size_t>{3, 0}));
  EXPECT_TRUE(ParetoBest({}).empty());
}

}  // namespace
}  // namespace dso::sim
