#include "prom/custom_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::prom {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string Filled(std::string_view query) { return *FillPlaceholders(query, "prod", "chat"); }
std::string RefusalOf(std::string_view query) { return FillPlaceholders(query, "prod", "chat").error().message; }

TEST(FillPlaceholders, FillsInNamespaceAndName) {
  EXPECT_EQ(Filled(R"(sum(rate(requests_total{namespace="{{namespace}}",app="{{ name }}"}[2m])))"),
            R"(sum(rate(requests_total{namespace="prod",app="chat"}[2m])))");
  EXPECT_EQ(Filled("{{name}}{{name}}"), "chatchat");
  EXPECT_EQ(Filled("sum(up{a=\"b\"})"), "sum(up{a=\"b\"})");
}

TEST(FillPlaceholders, RefusesAnUnknownPlaceholderAndListsTheKnown) {
  EXPECT_THAT(RefusalOf("up{a=\"{{service}}\"}"),
              AllOf(HasSubstr("{{service}}"), HasSubstr("{{namespace}}"), HasSubstr("{{name}}")));
  EXPECT_THAT(RefusalOf("up{a=\"{{}}\"}"), HasSubstr("unknown placeholder"));
  EXPECT_THAT(RefusalOf("up{a=\"{{name\"}"), HasSubstr("close"));
}

TEST(FillPlaceholders, RefusesEmptyAndOverlongQueries) {
  EXPECT_THAT(RefusalOf(" \n"), HasSubstr("empty"));
  EXPECT_THAT(RefusalOf(std::string(kMaxQueryBytes + 1, '1')), HasSubstr("4096"));
  EXPECT_THAT(RefusalOf(std::string("up\0", 3)), HasSubstr("NUL"));
  std::string grows;
  while (grows.size() + 8 <= kMaxQueryBytes) grows += "{{name}}";
  EXPECT_FALSE(FillPlaceholders(grows, "prod", std::string(63, 'a')).ok());
}

// A value cannot leave the literal that it stands in, whichever quote began it.
TEST(EscapeForLiteral, LeavesNoQuoteAndNoBackslashOfTheValue) {
  EXPECT_EQ(EscapeForLiteral("chat-v2.prod"), "chat-v2.prod");
  EXPECT_EQ(EscapeForLiteral("a\"} or up{b='`"), R"(a\x22\x7d\x20or\x20up\x7bb\x3d\x27\x60)");
  EXPECT_EQ(EscapeForLiteral("\\\n"), R"(\x5c\x0a)");
  EXPECT_EQ(EscapeForLiteral("\xc3\xa9"), R"(\xc3\xa9)");
  EXPECT_EQ(*FillPlaceholders("up{a=\"{{name}}\"}", "n", "\"} or vector(1) #"),
            R"(up{a="\x22\x7d\x20or\x20vector\x281\x29\x20\x23"})");
}

}  // namespace
}  // namespace dso::prom
