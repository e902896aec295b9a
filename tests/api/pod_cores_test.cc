#include "api/pod_cores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dso::api {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using From = PodCores::From;

json TemplateOf(std::initializer_list<const char*> resources) {
  json containers = json::array();
  for (const char* text : resources) {
    containers.push_back({{"name", "c" + std::to_string(containers.size())}, {"resources", json::parse(text)}});
  }
  return {{"spec", {{"containers", containers}}}};
}

TEST(PodCores, AreTheCpuLimitsOfAllContainers) {
  const auto cores = CoresOf(TemplateOf({R"({"limits": {"cpu": "8"}})", R"({"limits": {"cpu": "500m"}})",
                                         R"({"limits": {"cpu": "2.5"}})", R"({"limits": {"cpu": 1}})"}));
  ASSERT_TRUE(cores.ok());
  EXPECT_DOUBLE_EQ(cores->cores, 12);
  EXPECT_EQ(cores->from, From::kLimits);
}

TEST(PodCores, AreTheRequestsWhereThereIsNoLimit) {
  const char* both = R"({"limits": {"cpu": "4"}, "requests": {"cpu": "1"}})";
  EXPECT_EQ(*CoresOf(TemplateOf({both})), (PodCores{4, From::kLimits}));
  EXPECT_EQ(*CoresOf(TemplateOf({R"({"requests": {"cpu": "3"}})"})), (PodCores{3, From::kRequests}));
  EXPECT_EQ(*CoresOf(TemplateOf({both, R"({"limits": {"memory": "1Gi"}, "requests": {"cpu": "250m"}})"})),
            (PodCores{4.25, From::kRequests}))
      << "one request among limits is no limit of the pod";
}

TEST(PodCores, OfInitContainersDoNotCount) {
  json pod = TemplateOf({R"({"limits": {"cpu": "2"}})"});
  pod["spec"]["initContainers"] = json::parse(R"([{"name": "fetch", "resources": {"limits": {"cpu": "9"}}}])");
  EXPECT_EQ(CoresOf(pod)->cores, 2);
}

TEST(PodCores, NeedEachContainerToDeclareThem) {
  const auto none = CoresOf(TemplateOf({R"({"limits": {"cpu": "2"}})", R"({"limits": {"memory": "1Gi"}})"}));
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr(R"(container "c1" has neither a CPU limit nor a CPU request)"));
}

TEST(PodCores, AreQuantitiesAboveZero) {
  for (const char* bad : {R"("0")", R"("-1")", R"("much")", R"("8Gi")", "true", R"("m")", R"("NaN")"}) {
    const auto cores = CoresOf(TemplateOf({("{\"limits\": {\"cpu\": " + std::string(bad) + "}}").c_str()}));
    ASSERT_FALSE(cores.ok()) << bad;
    EXPECT_THAT(cores.error().message, HasSubstr("a CPU limit that is no quantity above 0")) << bad;
  }
}

TEST(PodCores, OfWhatIsNoPodTemplateAreUnknown) {
  for (const char* text : {"null", "7", "{}", R"({"spec": {"containers": []}})", R"({"spec": {"containers": {}}})"}) {
    ASSERT_FALSE(CoresOf(json::parse(text)).ok()) << text;
  }
  EXPECT_THAT(CoresOf(json::parse(R"({"spec": {"containers": [7]}})")).error().message, HasSubstr("neither"));
}

}  // namespace
}  // namespace dso::api
