#include "render/connection_pools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/api/service_json.h"
#include "tests/render/pools.h"

namespace dso::render {
namespace {

using testing::MatchesRegex;

api::DeepSeekService ServiceWithTemplate(const char* pod_template) {
  Json spec = api::test::LeastSpec();
  spec["template"] = Json::parse(pod_template);
  auto service = api::FromJson(api::test::ServiceWithSpec(spec));
  EXPECT_TRUE(service.ok() && service->spec.ok()) << (service.ok() ? service->spec.error().message : "");
  return *std::move(service);
}

api::DeepSeekService SmallService() { return ServiceWithTemplate(R"({"spec": {"containers": [{"name": "server"}]}})"); }

std::vector<PoolSize> TwoPools() {
  PoolSize search = test::OrdersDb(api::PoolClient::kGeneric);
  search.pool.name = "search";
  search.pool.env_prefix = "SEARCH_";
  search.per_process = 12;
  return {test::OrdersDb(api::PoolClient::kSqlAlchemy), search};
}

Json SpecOf(const Json& deployment) { return deployment["spec"]["template"]["spec"]; }

TEST(PoolConfigMap, HasTheSettingsOfAllPoolsEachUnderItsPrefix) {
  const Json object = PoolConfigMap(SmallService(), TwoPools());
  EXPECT_EQ(object["data"], Json::parse(R"({
    "ORDERS_DB_POOL_SIZE": "5",
    "ORDERS_DB_MAX_OVERFLOW": "0",
    "ORDERS_DB_POOL_TIMEOUT": "5",
    "ORDERS_DB_POOL_RECYCLE": "1800",
    "ORDERS_DB_POOL_PRE_PING": "true",
    "SEARCH_MAX_CONNECTIONS": "12",
    "SEARCH_IDLE_TIMEOUT_SECONDS": "600",
    "SEARCH_WAIT_TIMEOUT_SECONDS": "5"
  })"));
  EXPECT_EQ(object["immutable"], true);
  EXPECT_EQ(object.size(), 3);
}

TEST(PoolConfigMap, IsOwnedByTheService) {
  const Json metadata = PoolConfigMap(SmallService(), TwoPools())["metadata"];
  const Json ours = Metadata(SmallService());
  EXPECT_EQ(metadata["namespace"], "prod");
  EXPECT_EQ(metadata["labels"], ours["labels"]);
  EXPECT_EQ(metadata["ownerReferences"], ours["ownerReferences"]);
  EXPECT_THAT(metadata["name"].get<std::string>(), MatchesRegex("chat-pools-[0-9a-f]{10}"));
}

TEST(PoolConfigMap, AnotherSizeIsAnotherName) {
  std::vector<PoolSize> sizes = TwoPools();
  const Json before = PoolConfigMap(SmallService(), sizes);
  EXPECT_EQ(PoolConfigMap(SmallService(), sizes), before);
  std::swap(sizes[0], sizes[1]);
  EXPECT_EQ(PoolConfigMap(SmallService(), sizes), before) << "the order of the pools does not matter";
  ++sizes[0].per_process;
  EXPECT_NE(PoolConfigMap(SmallService(), sizes)["metadata"]["name"], before["metadata"]["name"]);
}

TEST(PoolConfigMap, OtherProcessesAreAnotherName) {
  std::vector<PoolSize> sizes = TwoPools();
  const Json before = PoolConfigMap(SmallService(), sizes);
  sizes[0].pool.processes_per_replica *= 2;
  const Json after = PoolConfigMap(SmallService(), sizes);
  EXPECT_EQ(after["data"], before["data"]);
  EXPECT_NE(after["metadata"]["name"], before["metadata"]["name"]) << "a replica has twice as many connections";
}

TEST(PoolSizesOf, ReadsWhatWasRendered) {
  EXPECT_EQ(PoolSizesOf(PoolConfigMap(SmallService(), TwoPools())),
            (std::map<std::string, int>{{"orders-db", 5}, {"search", 12}}));
}

TEST(PoolSizesOf, BelievesNothingElse) {
  for (const char* text : {"", "[]", "5", "{", R"({"a": "5"})", R"({"a": 0})", R"({"a": -1})", R"({"a": 1.5})",
                           R"({"a": 2147483648})", R"({"a": 99999999999999999999})", R"({"a": null})"}) {
    const Json object{{"metadata", {{"annotations", {{kPoolSizesAnnotation, text}}}}}};
    EXPECT_EQ(PoolSizesOf(object), std::nullopt) << text;
  }
  for (const char* object : {"null", "{}", R"({"metadata": {}})", R"({"metadata": {"annotations": null}})",
                             R"({"metadata": {"annotations": {"deepseek-operator.dev/pool-sizes": 5}}})"}) {
    EXPECT_EQ(PoolSizesOf(Json::parse(object)), std::nullopt) << object;
  }
}

TEST(Deployment, TakesThePoolSettingsIntoEachContainerThatServes) {
  const auto service = ServiceWithTemplate(R"({"spec": {
    "initContainers": [{"name": "migrate"}],
    "containers": [
      {"name": "server", "envFrom": [{"secretRef": {"name": "keys"}}, {"configMapRef": {"name": "mine"}}]},
      {"name": "proxy"}
    ]
  }})");
  const Json spec = SpecOf(Deployment(service, "chat-pools-0123456789"));
  EXPECT_EQ(spec, Json::parse(R"({
    "initContainers": [{"name": "migrate"}],
    "containers": [
      {"name": "server", "envFrom": [
        {"secretRef": {"name": "keys"}}, {"configMapRef": {"name": "mine"}},
        {"configMapRef": {"name": "chat-pools-0123456789"}}
      ]},
      {"name": "proxy", "envFrom": [{"configMapRef": {"name": "chat-pools-0123456789"}}]}
    ]
  })"));
  EXPECT_EQ(PoolConfigMapOf(spec), "chat-pools-0123456789");
}

TEST(Deployment, WithoutPoolsHasTheTemplateAsItIs) {
  const auto service = SmallService();
  EXPECT_EQ(SpecOf(Deployment(service, "")), Json::parse(R"({"containers": [{"name": "server"}]})"));
  EXPECT_EQ(PoolConfigMapOf(SpecOf(Deployment(service, ""))), "");
}

TEST(Deployment, LeavesAnEnvFromThatIsNoListToTheApiServer) {
  const auto service = ServiceWithTemplate(R"({"spec": {"containers": [{"name": "server", "envFrom": {"a": 1}}]}})");
  EXPECT_EQ(SpecOf(Deployment(service, "chat-pools-0123456789"))["containers"][0]["envFrom"],
            Json::parse(R"({"a": 1})"));
}

TEST(PoolConfigMapName, IsRecognisedByItsForm) {
  for (const char* name : {"chat-pools-0123456789", "a-pools-abcdefabcd", "x-pools-0123456789-pools-0123456789"}) {
    EXPECT_TRUE(IsPoolConfigMapName(name)) << name;
  }
  for (const char* name : {"", "chat", "chat-pools-", "-pools-0123456789", "pools-0123456789", "chat-pools-012345678",
                           "chat-pools-01234567890", "chat-pools-012345678G", "chat-pools-012345678A",
                           "chat-pool-0123456789", "chat-pools-0123456789-", "chatpools-0123456789"}) {
    EXPECT_FALSE(IsPoolConfigMapName(name)) << name;
  }
}

TEST(PoolConfigMapOf, IsTheLastOneOfOursThatAContainerNames) {
  EXPECT_EQ(PoolConfigMapOf(Json::parse(R"({
    "initContainers": [{"envFrom": [{"configMapRef": {"name": "chat-pools-9999999999"}}]}],
    "containers": [
      {"name": "proxy", "envFrom": [{"prefix": "A_", "configMapRef": {"name": "settings"}}]},
      {"name": "server", "envFrom": [
        {"configMapRef": {"name": "chat-pools-0000000000"}},
        {"configMapRef": {"name": "chat-pools-1111111111", "optional": true}},
        {"secretRef": {"name": "chat-pools-2222222222"}}
      ]},
      {"name": "other"}
    ]
  })")),
            "chat-pools-1111111111");
}

TEST(PoolConfigMapOf, IsNoneOfWhatIsNoPodSpec) {
  for (const char* spec : {"null", "[]", "{}", R"({"containers": null})", R"({"containers": [1, {}]})",
                           R"({"containers": [{"envFrom": [1, {"configMapRef": 1}, {"configMapRef": {}}]}]})",
                           R"({"containers": [{"envFrom": [{"configMapRef": {"name": 7}}]}]})"}) {
    EXPECT_EQ(PoolConfigMapOf(Json::parse(spec)), "") << spec;
  }
}

}  // namespace
}  // namespace dso::render
