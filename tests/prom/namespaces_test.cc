#include "prom/namespaces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::prom {
namespace {

TEST(NamespaceMatcher, NamesEachNamespace) {
  EXPECT_EQ(*NamespaceMatcher({}, {"prod"}), R"(namespace=~"prod")");
  EXPECT_EQ(*NamespaceMatcher({}, {"prod", "team-b", "7"}), R"(namespace=~"prod|team-b|7")");
  EXPECT_EQ(*NamespaceMatcher({.namespace_label = "kubernetes_namespace", .service_label = "app"}, {"prod"}),
            R"(kubernetes_namespace=~"prod")");
}

TEST(NamespaceMatcher, IsEmptyForAllNamespaces) { EXPECT_EQ(*NamespaceMatcher({}, {}), ""); }

TEST(NamespaceMatcher, RefusesWhatCouldEndTheString) {
  for (const char* bad : {"", ".*", "a|b", "a\"} or up{x=\"", "Prod", "a.b", "a\\", "a\nb"}) {
    const auto matcher = NamespaceMatcher({}, {"prod", bad});
    ASSERT_FALSE(matcher.ok()) << bad;
    EXPECT_EQ(matcher.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(matcher.error().message, testing::HasSubstr(bad));
  }
  EXPECT_FALSE(NamespaceMatcher({.namespace_label = "a-b", .service_label = "service"}, {"prod"}).ok());
}

TEST(WithMatcher, LimitsEverySelector) {
  EXPECT_EQ(WithMatcher(R"(rate(a_total{code="200"}[2m]) / b{} + 1)", R"(ns=~"x")"),
            R"(rate(a_total{code="200",ns=~"x"}[2m]) / b{ns=~"x"} + 1)");
  EXPECT_EQ(WithMatcher("up{}", "m"), "up{m}");
}

TEST(WithMatcher, WithoutAMatcherWritesNoEmptySelector) {
  EXPECT_EQ(WithMatcher(R"(a{code="200"} / b{})", ""), R"(a{code="200"} / b)");
  EXPECT_EQ(WithMatcher("1 + 1", ""), "1 + 1");
}

}  // namespace
}  // namespace dso::prom
