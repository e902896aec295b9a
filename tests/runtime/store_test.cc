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

json Object(const std::string& name, const std::string& uid, const std::string& version,
            const std::string& ns = "prod") {
  return {{"metadata", {{"namespace", ns}, {"name", name}, {"uid", uid}, {"resourceVersion", version}}}};
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
    sink_.BeginReplace();
    for (const json& object : objects) sink_.Put(object);
    sink_.EndReplace();
  }
  std::vector<std::string> Heard() { return std::exchange(heard_, {}); }

  Store<Item> store_;
  ObjectSink& sink_ = store_.SinkOf("");
  std::vector<std::string> heard_;
  std::vector<bool> visible_;
};

TEST_F(StoreOfItems, ReportsAdditionChangeAndDeletion) {
  sink_.Put(Object("a", "u1", "1"));
  sink_.Put(Object("a", "u1", "2"));
  sink_.Remove(Object("a", "u1", "3"));
  EXPECT_THAT(Heard(), ElementsAre("a: -> u1/1", "a: u1/1 -> u1/2", "a: u1/2 ->"));
  EXPECT_EQ(store_.Size(), 0u);
}

TEST_F(StoreOfItems, IsChangedBeforeTheListenerHears) {
  sink_.Put(Object("a", "u1", "1"));
  sink_.Put(Object("a", "u1", "2"));
  Replace({Object("b", "u2", "3")});
  EXPECT_THAT(visible_, testing::Each(true));
}

TEST_F(StoreOfItems, AnUnchangedResourceVersionIsSilent) {
  sink_.Put(Object("a", "u1", "1"));
  Heard();
  sink_.Put(Object("a", "u1", "1"));
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
  sink_.Put(Object("a", "u1", "1"));
  sink_.Put(Object("a", "u2", "5"));
  EXPECT_THAT(Heard(), ElementsAre("a: -> u1/1", "a: u1/1 ->", "a: -> u2/5"));
  Replace({Object("a", "u3", "9")});
  EXPECT_THAT(Heard(), ElementsAre("a: u2/5 ->", "a: -> u3/9"));
}

TEST_F(StoreOfItems, AReplaceIsInvisibleUntilItsEnd) {
  sink_.Put(Object("a", "u1", "1"));
  Heard();
  sink_.BeginReplace();
  sink_.Put(Object("b", "u2", "2"));
  EXPECT_THAT(Heard(), IsEmpty());
  EXPECT_NE(store_.Get({"prod", "a"}), nullptr);
  EXPECT_EQ(store_.Get({"prod", "b"}), nullptr);
  sink_.EndReplace();
  EXPECT_EQ(store_.Get({"prod", "a"}), nullptr);
  EXPECT_NE(store_.Get({"prod", "b"}), nullptr);
}

TEST_F(StoreOfItems, ANewReplaceDiscardsAnUnfinishedOne) {
  sink_.BeginReplace();
  sink_.Put(Object("a", "u1", "1"));
  Replace({Object("b", "u2", "2")});
  EXPECT_THAT(Heard(), ElementsAre("b: -> u2/2"));
  EXPECT_EQ(store_.Size(), 1u);
}

TEST_F(StoreOfItems, AReplaceOfOneNamespaceLeavesTheOthersAlone) {
  ObjectSink& prod = store_.SinkOf("prod");
  ObjectSink& test = store_.SinkOf("test");
  prod.Put(Object("a", "u1", "1"));
  prod.Put(Object("b", "u2", "1"));
  test.Put(Object("a", "u3", "1", "test"));
  Heard();
  prod.BeginReplace();
  prod.Put(Object("b", "u2", "2"));
  prod.EndReplace();
  EXPECT_THAT(Heard(), UnorderedElementsAre("a: u1/1 ->", "b: u2/1 -> u2/2"));
  EXPECT_THAT(visible_, testing::Each(true));
  EXPECT_EQ(store_.Get({"test", "a"})->uid, "u3");
  EXPECT_EQ(store_.Size(), 2u);
  prod.BeginReplace();
  prod.EndReplace();
  EXPECT_THAT(Heard(), ElementsAre("b: u2/2 ->"));
  EXPECT_EQ(store_.Size(), 1u);
}

TEST_F(StoreOfItems, AnEventOfANamespaceIsSeenWhileAnotherIsBeingListed) {
  ObjectSink& prod = store_.SinkOf("prod");
  ObjectSink& test = store_.SinkOf("test");
  prod.Put(Object("a", "u1", "1"));
  test.BeginReplace();
  test.Put(Object("a", "u3", "1", "test"));
  prod.Put(Object("a", "u1", "2"));
  EXPECT_THAT(Heard(), ElementsAre("a: -> u1/1", "a: u1/1 -> u1/2"));
  EXPECT_EQ(store_.Get({"test", "a"}), nullptr);
  prod.Remove(Object("a", "u1", "3"));
  test.EndReplace();
  EXPECT_THAT(Heard(), ElementsAre("a: u1/2 ->", "a: -> u3/1"));
}

TEST_F(StoreOfItems, HasOneSinkForANamespace) {
  store_.SinkOf("prod").BeginReplace();
  store_.SinkOf("prod").Put(Object("a", "u1", "1"));
  EXPECT_EQ(store_.Size(), 0u) << "the same list goes on";
}

TEST_F(StoreOfItems, LeavesOutWhatCannotBeRead) {
  json refused = Object("a", "u1", "1");
  refused["refused"] = true;
  sink_.Put(refused);
  EXPECT_EQ(store_.Size(), 0u);
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(StoreOfItems, RemovingTheUnknownIsSilent) {
  sink_.Remove(Object("a", "u1", "1"));
  EXPECT_THAT(Heard(), IsEmpty());
}

TEST_F(StoreOfItems, AReadersValueOutlivesTheObject) {
  sink_.Put(Object("a", "u1", "1"));
  const auto value = store_.Get({"prod", "a"});
  sink_.Remove(Object("a", "u1", "1"));
  EXPECT_EQ(value->resource_version, "1");
}

}  // namespace
}  // namespace dso::runtime
