#include "render/in_sync.h"

#include <gtest/gtest.h>

namespace dso::render {
namespace {

using Json = nlohmann::json;

struct Case {
  const char* name;
  const char* desired;
  const char* live;
};

class Same : public testing::TestWithParam<Case> {};
class Different : public testing::TestWithParam<Case> {};
std::string NameOf(const testing::TestParamInfo<Case>& info) { return info.param.name; }

TEST_P(Same, NeedsNoWrite) { EXPECT_TRUE(InSync(Json::parse(GetParam().desired), Json::parse(GetParam().live))); }
TEST_P(Different, NeedsAWrite) { EXPECT_FALSE(InSync(Json::parse(GetParam().desired), Json::parse(GetParam().live))); }

INSTANTIATE_TEST_SUITE_P(
    InSync, Same,
    testing::Values(
        Case{"Identical", R"({"a": {"b": [1, "x", true, null]}})", R"({"a": {"b": [1, "x", true, null]}})"},
        Case{"NothingAsked", R"({})", R"({"a": 1})"},
        Case{"DefaultsOfTheApiServer", R"({"spec": {"containers": [{"name": "server", "image": "i"}]}})",
             R"({"spec": {"containers": [{"name": "server", "image": "i", "terminationMessagePath": "/dev/log"}],
                 "dnsPolicy": "ClusterFirst"}, "status": {"replicas": 3}})"},
        Case{"AnInjectedContainer", R"({"containers": [{"name": "server"}]})",
             R"({"containers": [{"name": "proxy"}, {"name": "server"}]})"},
        Case{"NamedListsInAnotherOrder", R"([{"name": "a", "v": 1}, {"name": "b", "v": 2}])",
             R"([{"name": "b", "v": 2}, {"name": "a", "v": 1}])"},
        Case{"MilliCores", R"({"cpu": "1000m"})", R"({"cpu": "1"})"},
        Case{"FractionOfACore", R"({"cpu": "0.5"})", R"({"cpu": "500m"})"},
        Case{"QuantityAsANumber", R"({"cpu": 2})", R"({"cpu": "2"})"},
        Case{"BinaryUnits", R"({"memory": "1024Mi"})", R"({"memory": "1Gi"})"},
        Case{"DecimalUnits", R"({"storage": "1000M"})", R"({"storage": "1G"})"},
        Case{"Exponents", R"({"storage": "1e3"})", R"({"storage": "1k"})"},
        Case{"ADroppedZero", R"({"minReadySeconds": 0})", R"({})"},
        Case{"ADroppedFalse", R"({"hostNetwork": false})", R"({})"},
        Case{"ADroppedEmptyText", R"({"subPath": ""})", R"({})"}, Case{"ADroppedEmptyList", R"({"args": []})", R"({})"},
        Case{"ADroppedEmptyObject", R"({"emptyDir": {"medium": ""}})", R"({})"},
        Case{"ADroppedNull", R"({"strategy": null})", R"({})"},
        Case{"WholeAndFractionalNumbers", R"({"n": 2})", R"({"n": 2.0})"},
        Case{"UnnamedListsByPosition", R"([{"type": "cpu"}, {"type": "memory"}])",
             R"([{"type": "cpu", "d": 1}, {"type": "memory"}])"}),
    NameOf);

INSTANTIATE_TEST_SUITE_P(
    InSync, Different,
    testing::Values(Case{"AChangedText", R"({"image": "v2"})", R"({"image": "v1"})"},
                    Case{"AChangedNumber", R"({"minReplicas": 3})", R"({"minReplicas": 4})"},
                    Case{"AChangedTruthValue", R"({"hostNetwork": true})", R"({"hostNetwork": false})"},
                    Case{"AMissingField", R"({"minReadySeconds": 5})", R"({})"},
                    Case{"AMissingTrue", R"({"hostNetwork": true})", R"({})"},
                    Case{"AMissingContainer", R"({"containers": [{"name": "a"}, {"name": "b"}]})",
                         R"({"containers": [{"name": "a"}]})"},
                    Case{"ARenamedContainer", R"([{"name": "a"}])", R"([{"name": "b"}])"},
                    Case{"AChangedContainer", R"([{"name": "a", "image": "v2"}])", R"([{"name": "a", "image": "v1"}])"},
                    Case{"AFieldDeepInside", R"({"a": {"b": [{"name": "c", "d": {"e": 1}}]}})",
                         R"({"a": {"b": [{"name": "c", "d": {"e": 2}}]}})"},
                    Case{"AnotherQuantity", R"({"cpu": "1001m"})", R"({"cpu": "1"})"},
                    Case{"DecimalIsNotBinary", R"({"memory": "1G"})", R"({"memory": "1Gi"})"},
                    Case{"AnUnknownSuffix", R"({"memory": "1X"})", R"({"memory": "1"})"},
                    Case{"UnnamedListsInAnotherOrder", R"([{"type": "cpu"}, {"type": "memory"}])",
                         R"([{"type": "memory"}, {"type": "cpu"}])"},
                    Case{"AShorterList", R"(["a", "b"])", R"(["a"])"}, Case{"ALongerList", R"(["a"])", R"(["a", "b"])"},
                    Case{"AnotherShape", R"({"a": {"b": 1}})", R"({"a": [1]})"},
                    Case{"NullForSomething", R"({"a": 1})", R"({"a": null})"},
                    Case{"NoObjectAtAll", R"({"a": 1})", R"(null)"}),
    NameOf);

}  // namespace
}  // namespace dso::render
