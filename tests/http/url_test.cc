#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::http {
namespace {

using testing::HasSubstr;
using testing::Not;

struct UrlCase {
  std::string_view text, scheme, host;
  int port;
  std::string_view path, written;
};

TEST(UrlTest, TakesUrlsApartAndWritesThemAgain) {
  for (const UrlCase& c : std::initializer_list<UrlCase>{
           {"http://prometheus", "http", "prometheus", 80, "", "http://prometheus"},
           {"https://prometheus", "https", "prometheus", 443, "", "https://prometheus"},
           {"http://prometheus:9090", "http", "prometheus", 9090, "", "http://prometheus:9090"},
           {"http://prometheus:80/", "http", "prometheus", 80, "", "http://prometheus"},
           {"https://prometheus:80", "https", "prometheus", 80, "", "https://prometheus:80"},
           {"https://a.b-c.d_e:8443/x/y//", "https", "a.b-c.d_e", 8443, "/x/y", "https://a.b-c.d_e:8443/x/y"},
           {"https://10.0.0.1/tenant%201", "https", "10.0.0.1", 443, "/tenant%201", "https://10.0.0.1/tenant%201"},
       }) {
    const auto url = ParseUrl(c.text);
    ASSERT_TRUE(url.ok()) << url.error().message;
    EXPECT_EQ(url->scheme, c.scheme) << c.text;
    EXPECT_EQ(url->host, c.host) << c.text;
    EXPECT_EQ(url->port, c.port) << c.text;
    EXPECT_EQ(url->path, c.path) << c.text;
    EXPECT_EQ(url->ToString(), c.written) << c.text;
  }
}

TEST(UrlTest, RefusesWhatCannotBeUsedAndSaysWhy) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "no scheme"},
      {"prometheus:9090", "no scheme"},
      {"ftp://prometheus", "not http or https"},
      {"HTTP://prometheus", "not http or https"},
      {"http://", "no host"},
      {"http://:9090", "no host"},
      {"http:///path", "no host"},
      {"http://prometheus:", "port"},
      {"http://prometheus:0", "port"},
      {"http://prometheus:65536", "port"},
      {"http://prometheus:-1", "port"},
      {"http://prometheus:http", "port"},
      {"http://prometheus:90x", "port"},
      {"http://[::1]:9090", "IPv6"},
      {"http://prome theus", "odd character"},
      {"http://prometheus?query=up", "odd character"},
      {"http://prometheus/x?query=up", "a query"},
      {"http://prometheus/x#top", "a query, a fragment"},
      {"http://prometheus/a b", "blank"},
  };
  for (const auto& [text, why] : cases) {
    const auto url = ParseUrl(text);
    ASSERT_FALSE(url.ok()) << text;
    EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(url.error().message, HasSubstr(std::string(why))) << text;
  }
}

TEST(UrlTest, NeverShowsAPassword) {
  const auto url = ParseUrl("https://operator:s3cret@prometheus");
  ASSERT_FALSE(url.ok());
  EXPECT_THAT(url.error().message, HasSubstr("credentials belong into files"));
  EXPECT_THAT(url.error().message, Not(HasSubstr("s3cret")));
}

TEST(UrlTest, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(EncodeComponent("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(EncodeComponent("rate(x{a=\"b\"}[5m]) + 1"), "rate%28x%7Ba%3D%22b%22%7D%5B5m%5D%29%20%2B%201");
  EXPECT_EQ(EncodeComponent("ü&/%"), "%C3%BC%26%2F%25");
  EXPECT_EQ(EncodeComponent(std::string_view("\0", 1)), "%00");
  EXPECT_EQ(EncodeComponent(""), "");
}

TEST(UrlTest, EncodesQueries) {
  EXPECT_EQ(EncodeQuery({}), "");
  EXPECT_EQ(EncodeQuery({{"query", "a b"}, {"step", "15s"}, {"a&b", ""}}), "query=a%20b&step=15s&a%26b=");
}

}  // namespace
}  // namespace dso::http
