#include "kube/object.h"

#include <gtest/gtest.h>

namespace dso::kube {
namespace {

using namespace nlohmann::literals;

const Json kObject = Json::parse(R"({
  "metadata": {"namespace": "prod", "name": "chat", "generation": 7, "labels": {"a/b": "c"}},
  "list": [{"x": 1}],
  "number": 1.5
})");

TEST(Object, ReadsWhatIsThere) {
  EXPECT_EQ(StringAt(kObject, "/metadata/name"_json_pointer), "chat");
  EXPECT_EQ(StringAt(kObject, "/metadata/labels/a~1b"_json_pointer), "c");
  EXPECT_EQ(IntegerAt(kObject, "/metadata/generation"_json_pointer), 7);
  EXPECT_EQ(IntegerAt(kObject, "/list/0/x"_json_pointer), 1);
  EXPECT_EQ(KeyOf(kObject), (ObjectKey{"prod", "chat"}));
}

TEST(Object, WhatIsMissingOrOfAnotherTypeIsEmpty) {
  EXPECT_EQ(Find(kObject, "/metadata/uid"_json_pointer), nullptr);
  EXPECT_EQ(Find(kObject, "/metadata/name/deeper"_json_pointer), nullptr);
  EXPECT_EQ(Find(kObject, "/list/1"_json_pointer), nullptr);
  EXPECT_EQ(Find(kObject, "/list/x"_json_pointer), nullptr);
  EXPECT_EQ(StringAt(kObject, "/metadata/generation"_json_pointer), "");
  EXPECT_EQ(IntegerAt(kObject, "/metadata/name"_json_pointer), std::nullopt);
  EXPECT_EQ(IntegerAt(kObject, "/number"_json_pointer), std::nullopt);
}

TEST(Object, NothingThatIsNoObjectThrows) {
  for (const Json& value : {Json(), Json("text"), Json(1), Json::array(), Json(Json::value_t::discarded)}) {
    EXPECT_EQ(KeyOf(value), ObjectKey());
    EXPECT_EQ(IntegerAt(value, "/a/b"_json_pointer), std::nullopt);
  }
}

}  // namespace
}  // namespace dso::kube
