#include "base/decimal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace dso {
namespace {

TEST(DecimalTest, ParsesFiniteDecimals) {
  const std::pair<std::string_view, double> cases[] = {{"12", 12},      {"0.9", 0.9}, {"-3.5", -3.5}, {"1e3", 1000},
                                                       {"1E-3", 0.001}, {".5", 0.5},  {"0", 0},       {"007", 7}};
  for (const auto& [text, value] : cases) {
    const auto parsed = ParseDecimal(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, value) << text;
  }
}

TEST(DecimalTest, RefusesEverythingElse) {
  for (const std::string_view text : {"", " ", "12 ", " 12", "+12", "12%", "0x10", "nan", "NaN", "inf", "-infinity",
                                      "1e999", "1,5", "twelve", "1e"}) {
    const auto parsed = ParseDecimal(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_NE(parsed.error().message.find("is not a decimal number"), std::string::npos) << text;
  }
}

TEST(DecimalTest, FormatsThreeSignificantDigitsOrAllOfTheInteger) {
  const std::pair<double, std::string_view> cases[] = {
      {0, "0"},          {-0.0, "0"},  {17.84, "17.8"},      {1210.4, "1210"},       {0.03214, "0.0321"},
      {5, "5"},          {2.5, "2.5"}, {9.999, "10"},        {99.96, "100"},         {999.6, "1000"},
      {-17.84, "-17.8"}, {100, "100"}, {1234567, "1234567"}, {0.000001, "0.000001"}, {1e-9, "0"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(FormatDecimal(value), text) << value;
}

TEST(DecimalTest, WhatIsTooSmallToBeShownHasNoSign) { EXPECT_EQ(FormatDecimal(-1e-9), "0"); }

TEST(DecimalTest, WhatIsNotFiniteIsUnknown) {
  EXPECT_EQ(FormatDecimal(std::numeric_limits<double>::quiet_NaN()), "unknown");
  EXPECT_EQ(FormatDecimal(std::numeric_limits<double>::infinity()), "unknown");
}

TEST(DecimalTest, ThreeDigitsSurviveARoundTrip) {
  for (int exponent = -4; exponent <= 6; ++exponent) {
    for (int digits = 100; digits < 1000; digits += 7) {
      const double value = digits * std::pow(10, exponent - 2);
      const auto parsed = ParseDecimal(FormatDecimal(value));
      ASSERT_TRUE(parsed.ok());
      EXPECT_NEAR(*parsed, value, value * 1e-9);
    }
  }
}

}  // namespace
}  // namespace dso
