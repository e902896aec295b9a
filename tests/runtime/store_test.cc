#include "runtime/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dso::runtime {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Item {
  std::string uid;
  std::string resource_version;
  static std::optional<Item> FromJson(const json& object) {
    if (object.contains("refused")) return std::nullopt;
    return Item{kube::StringAt(object, json::json_pointer("/metadata/uid")),
                kube::StringAt(object, json::json_pointer("/metadata/resourceVersion"))};
  }
};

json Object(const std::string& name, const std::string& uid, const std::string& version) {
  return {{"metadata", {{"namespace", "prod"}, {"name", name}, {"uid", uid}, {"resourceVersion", version}}}};
}

// A store and what its listener has heard: "a: -> u1/1" for a new object, "a: u1/1 ->" for one that is gone.
class StoreOfItems : public testing::Test {
 protected:
  void SetUp() override {
    store_.AddListener([this](const kube::ObjectKey& key, const auto& before, const auto& after) {
      const auto text = [](const auto& item) { return item ? item->uid + "/" + item->resource_version : ""; };
      const std::string left = before ? " " + text(before) : "";
      const std::string right = after ? " " + text(after) : "";
      heard_.push_back(key.name + ":" + left + " ->" + right);
      visible_.push_back(store_.Get(key) == after);
    });
  }
  void Replace(const std::vector<json>& objects) {
    store_.BeginReplace();
    for (const json& object : objects) store_.Put(object);
    store_.EndReplace();
  }
  std::vector<std::string> Heard() { return std::exchange(heard_, {}); }

  Store<Item> store_;
  std::vector<std::string> heard_;
  std::vector<bool> visible_;
};

TEST_F(StoreOfItems, ReportsAdditionChangeAndDeletion) {
  store_.Put(Object("a", "u1", "1"));
  store_.Put(Object("a", "u1", "2"));
  store_.Remove(Object("a", "u1", "3"));
  EXPECT_THAT(Heard(), ElementsAre("a: -> u1/1", "a: u1/1 -> u1/2", "a: u1/2 ->"));
  EXPECT_EQ(store_.Size(), 0u);
}

TEST_F(StoreOfItems, IsChangedBeforeTheListenerHears) {
  store_.Put(Object("a", "u1", "1"));
  store_.Put(Object("a", "u1", "2"));
  Replace({Object("b", "u2", "3")});
  EXPECT_THAT(visible_, testing::Each(true));
}

TEST_F(StoreOfItems, AnUnchangedResourceVersionIsSilent) {
  store_.Put(Object("a", "u1", "1"));
  Heard();
  store_.Put(Object("a", "u1", "1"));
  Replace({Object("a", "u1", "1")});
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(StoreOfItems, AReplaceReportsWhatHasBecomeDifferent) {
  Replace({Object("gone", "u1", "1"), Object("changed", "u2", "1"), Object("same", "u3", "1")});
  Heard();
  Replace({Object("changed", "u2", "2"), Object("same", "u3", "1"), Object("new", "u4", "2")});
  EXPECT_THAT(Heard(), UnorderedElementsAre("gone: u1/1 ->", "changed: u2/1 -> u2/2", "new: -> u4/2"));
}

TEST_F(StoreOfItems, AnObjectMadeAnewUnderItsNameIsADeletionAndAnAddition) {
  store_.Put(Object("a", "u1", "1"));
  store_.Put(Object("a", "u2", "5"));
  EXPECT_THAT(Heard(), ElementsAre("a: -> u1/1", "a: u1/1 ->", "a: -> u2/5"));
  Replace({Object("a", "u3", "9")});
  EXPECT_THAT(Heard(), ElementsAre("a: u2/5 ->", "a: -> u3/9"));
}

TEST_F(StoreOfItems, AReplaceIsInvisibleUntilItsEnd) {
  store_.Put(Object("a", "u1", "1"));
  Heard();
  store_.BeginReplace();
  store_.Put(Object("b", "u2", "2"));
  EXPECT_THAT(Heard(), IsEmpty());
  EXPECT_NE(store_.Get({"prod", "a"}), nullptr);
  EXPECT_EQ(store_.Get({"prod", "b"}), nullptr);
  store_.EndReplace();
  EXPECT_EQ(store_.Get({"prod", "a"}), nullptr);
  EXPECT_NE(store_.Get({"prod", "b"}), nullptr);
}

TEST_F(StoreOfItems, ANewReplaceDiscardsAnUnfinishedOne) {
  store_.BeginReplace();
  store_.Put(Object("a", "u1", "1"));
  Replace({Object("b", "u2", "2")});
  EXPECT_THAT(Heard(), ElementsAre("b: -> u2/2"));
  EXPECT_EQ(store_.Size(), 1u);
}

TEST_F(StoreOfItems, LeavesOutWhatCannotBeRead) {
  json refused = Object("a", "u1", "1");
  refused["refused"] = true;
  store_.Put(refused);
  EXPECT_EQ(store_.Size(), 0u);
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(StoreOfItems, RemovingTheUnknownIsSilent) {
  store_.Remove(Object("a", "u1", "1"));
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(StoreOfItems, AReadersValueOutlivesTheObject) {
  store_.Put(Object("a", "u1", "1"));
  const auto value = store_.Get({"prod", "a"});
  store_.Remove(Object("a", "u1", "1"));
  EXPECT_EQ(value->resource_version, "1");
}

}  // namespace
}  // namespace dso::runtime
