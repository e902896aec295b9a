#include "kube/request_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dso::kube {
namespace {

TEST(RequestBody, EscapesWhatYamlDoesNotTakeAsItIs) {
  const Json value{
      {"a", "\x7f|\xc2\x80|\xc2\x85|\xc2\x9b|\xe2\x80\xa8|\xe2\x80\xa9|\xef\xbb\xbf|\xef\xbf\xbe|\xef\xbf\xbf"}};
  const std::string body = ToRequestBody(value);
  EXPECT_EQ(body, R"({"a":"\u007f|\u0080|\u0085|\u009b|\u2028|\u2029|\ufeff|\ufffe|\uffff"})");
  EXPECT_EQ(Json::parse(body), value);
}

TEST(RequestBody, LeavesEverythingElse) {
  const Json value{{"name", "größe \xc2\xa0 \xe2\x82\xac \xe4\xbd\xa0\xe5\xa5\xbd \xf0\x9f\x98\x80"},
                   {"n", 1.5},
                   {"l", {1, nullptr}}};
  EXPECT_EQ(ToRequestBody(value), value.dump());
}

TEST(RequestBody, KeepsTheEscapesOfJson) {
  EXPECT_EQ(ToRequestBody({{"a", std::string("\0\n\x1b\"\\", 5)}}), R"({"a":"\u0000\n\u001b\"\\"})");
}

TEST(RequestBody, BytesThatAreNoTextAreReplaced) {
  EXPECT_EQ(ToRequestBody({{"a", "x\xff\xc2"}}), "{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace dso::kube
