#include "api/query_template.h"

#include <gtest/gtest.h>

namespace dso::api {
namespace {

TEST(QueryTemplateTest, ReplacesEveryPlaceholder) {
  const auto query = ExpandQuery(R"(sum(a{n="{{namespace}}",s="{{name}}"}) + b{s="{{name}}"})", "prod", "chat");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(*query, R"(sum(a{n="prod",s="chat"}) + b{s="chat"})");
}

TEST(QueryTemplateTest, LeavesPlainPromQlAlone) {
  EXPECT_EQ(*ExpandQuery("sum(rate(x{a=\"}}\"}[2m]))", "prod", "chat"), "sum(rate(x{a=\"}}\"}[2m]))");
  EXPECT_EQ(*ExpandQuery("", "prod", "chat"), "");
}

TEST(QueryTemplateTest, RefusesUnknownPlaceholders) {
  for (const char* query : {"{{service}}", "{{ name }}", "{{name", "{{", "{{}}", "x{{{name}}}"}) {
    EXPECT_FALSE(ExpandQuery(query, "prod", "chat").ok()) << query;
  }
  EXPECT_EQ(ExpandQuery("x{a=\"{{service}}\"}", "prod", "chat").error().message,
            "\"{{service\" is no placeholder; there are {{namespace}} and {{name}}");
}

}  // namespace
}  // namespace dso::api
