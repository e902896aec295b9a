#include "sim/score_sentence.h"

#include <gtest/gtest.h>

namespace dso::sim {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

Score::Summary Week(double lost_alone, double lost_with, double replica_hours_with) {
  return {.scored = days(7),
          .demand = 1e6,
          .lost_alone = lost_alone,
          .lost_with = lost_with,
          .replica_hours_alone = 1000,
          .replica_hours_with = replica_hours_with};
}

std::string InShadow(const Score::Summary& summary) { return Sentence(summary, "requests/s", true); }
std::string InActive(const Score::Summary& summary) { return Sentence(summary, "requests/s", false); }

TEST(ScoreSentence, SaysWhatAFloorAvoids) {
  EXPECT_EQ(InShadow(Week(4120, 288, 1031)),
            "would have avoided 93 % of 4,120 lost requests for 3.1 % more replica-hours (simulated, last 7d)");
  EXPECT_EQ(InActive(Week(4120, 288, 1031)),
            "has avoided 93 % of 4,120 lost requests for 3.1 % more replica-hours against the HPA alone (simulated, "
            "last 7d)");
  EXPECT_EQ(InShadow(Week(1234567.4, 0, 3500)),
            "would have avoided all of 1,234,567 lost requests for 250 % more replica-hours (simulated, last 7d)");
}

TEST(ScoreSentence, RoundsNothingToAllOrNone) {
  const auto part = [](double lost_with) {
    const std::string sentence = InShadow(Week(10000, lost_with, 1031));
    return sentence.substr(19, sentence.find(" of 10,000") - 19);
  };
  EXPECT_EQ(part(0), "all");
  EXPECT_EQ(part(1), "more than 99 %");
  EXPECT_EQ(part(100), "99 %");
  EXPECT_EQ(part(9900), "1 %");
  EXPECT_EQ(part(9999), "less than 1 %");
  EXPECT_EQ(part(10000), "none");
}

TEST(ScoreSentence, SaysWhatItCosts) {
  const auto price = [](double hours) {
    const std::string sentence = InShadow(Week(100, 50, hours));
    return sentence.substr(sentence.find("requests ") + 9);
  };
  EXPECT_EQ(price(1000.4), "for the same replica-hours (simulated, last 7d)");
  EXPECT_EQ(price(1000.6), "for 0.1 % more replica-hours (simulated, last 7d)");
  EXPECT_EQ(price(1099.6), "for 10 % more replica-hours (simulated, last 7d)");
  EXPECT_EQ(price(969), "with 3.1 % fewer replica-hours (simulated, last 7d)");
}

TEST(ScoreSentence, SaysThatThereWasNothingToAvoid) {
  EXPECT_EQ(InShadow(Week(0, 0, 1031)),
            "nothing would have been lost without the floor; it would have cost 3.1 % more replica-hours (simulated, "
            "last 7d)");
  EXPECT_EQ(InActive(Week(0.3, 0.6, 1031)),
            "nothing would have been lost without the floor; it has cost 3.1 % more replica-hours against the HPA "
            "alone (simulated, last 7d)");
  EXPECT_EQ(InShadow(Week(0, 0, 1000)),
            "nothing would have been lost without the floor; it would have cost no more replica-hours (simulated, "
            "last 7d)");
  EXPECT_EQ(InShadow(Week(0, 0, 969)),
            "nothing would have been lost without the floor; it would have saved 3.1 % of the replica-hours "
            "(simulated, last 7d)");
}

TEST(ScoreSentence, DoesNotHideALoss) {
  EXPECT_EQ(InShadow(Week(4120, 4600, 1031)),
            "would have lost 4,600 requests, the HPA alone 4,120, for 3.1 % more replica-hours (simulated, last 7d)");
  EXPECT_EQ(InActive(Week(0, 120, 969)),
            "has lost 120 requests, the HPA alone none, with 3.1 % fewer replica-hours (simulated, last 7d)");
}

TEST(ScoreSentence, NamesWhatIsLost) {
  const auto things = [](std::string_view unit) {
    const std::string sentence = Sentence(Week(4120, 288, 1000), unit, true);
    const size_t from = sentence.find("4,120 lost ") + 11;
    return sentence.substr(from, sentence.find(" for the same") - from);
  };
  EXPECT_EQ(things("requests/s"), "requests");
  EXPECT_EQ(things("in flight"), "request-seconds");
  EXPECT_EQ(things("tokens/s"), "tokens");
  EXPECT_EQ(things("queued jobs"), "queued jobs x seconds");
}

TEST(ScoreSentence, SaysHowMuchWasScored) {
  Score::Summary summary = Week(4120, 288, 1031);
  const auto end = [&summary](milliseconds scored) {
    summary.scored = scored;
    const std::string sentence = InShadow(summary);
    return sentence.substr(sentence.find('('));
  };
  EXPECT_EQ(end(days(7) + 30min), "(simulated, last 7d)");
  EXPECT_EQ(end(days(7) - 1h), "(simulated, last 7d)");
  EXPECT_EQ(end(days(2) + 3h + 20min), "(simulated, 2d3h of the last 7d)");
  EXPECT_EQ(end(1h + 15s), "(simulated, 1h of the last 7d)");
}

TEST(ScoreSentence, NeedsAnHour) {
  EXPECT_EQ(InShadow({.scored = 12min + 15s}),
            "no score yet: 12m of demand in the last 7d, at least 1h is needed to simulate");
  EXPECT_EQ(InActive({}), "no score yet: 0s of demand in the last 7d, at least 1h is needed to simulate");
}

}  // namespace
}  // namespace dso::sim
