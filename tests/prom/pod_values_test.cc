#include "prom/pod_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dso::prom {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

Series Of(Labels labels, double value) { return {std::move(labels), {{WallTime(), value}}}; }
Series Pod(const std::string& name, double value) { return Of({{"pod", name}}, value); }

void ExpectFailure(const InstantAnswer& answer, Reason reason, const char* says) {
  const Answer<PodValues> values = ValuesByPod(answer);
  ASSERT_FALSE(values.ok());
  EXPECT_EQ(values.reason(), reason);
  EXPECT_THAT(values.error().message, HasSubstr(says));
}

TEST(ValuesByPod, HasAFigureForEachPod) {
  const Answer<PodValues> values = ValuesByPod({{Pod("a", 3), Pod("b", 0), Of({{"pod", "c"}, {"zone", "x"}}, 0.5)}});
  ASSERT_TRUE(values.ok());
  EXPECT_THAT(*values, UnorderedElementsAre(Pair("a", 3), Pair("b", 0), Pair("c", 0.5)));
}

TEST(ValuesByPod, LeavesOutWhatIsNoCountOrNamesNoPod) {
  const Answer<PodValues> values =
      ValuesByPod({{Pod("a", 3), Pod("nan", NAN), Pod("inf", std::numeric_limits<double>::infinity()),
                    Pod("negative", -1), Pod("", 1), Of({{"instance", "10.0.0.7:8000"}}, 1)}});
  ASSERT_TRUE(values.ok());
  EXPECT_THAT(*values, UnorderedElementsAre(Pair("a", 3)));
}

TEST(ValuesByPod, SaysWhyThereIsNone) {
  ExpectFailure({}, Reason::kNoSeries, "matches no series");
  ExpectFailure({{Of({{"instance", "10.0.0.7:8000"}}, 1)}}, Reason::kNoSeries, "sum by (pod)");
  ExpectFailure({{Pod("a", NAN)}}, Reason::kNotANumber, "NaN");
  ExpectFailure({{Pod("a", -1)}}, Reason::kNegative, "negative");
  ExpectFailure({{Pod("a", 1), Pod("b", 1), Pod("a", 2)}}, Reason::kSeveralSeries, "several series for pod a");
}

TEST(ValuesByPod, BelievesNoPartOfAnAnswer) {
  ExpectFailure({{Pod("a", 0)}, {.warnings = {"store-3 is away"}}}, Reason::kPartial, "store-3 is away");
}

}  // namespace
}  // namespace dso::prom
