#include "kube/resource.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace dso::kube {
namespace {

TEST(Resource, PathsAreThoseOfTheApiServer) {
  const ResourceType nodes{"", "v1", "nodes", "Node", /*namespaced=*/false};
  EXPECT_EQ(PathOf(kServices, {"prod", "chat"}), "/api/v1/namespaces/prod/services/chat");
  EXPECT_EQ(PathOf(kDeployments, {"prod", "chat"}), "/apis/apps/v1/namespaces/prod/deployments/chat");
  EXPECT_EQ(PathOf(kDeployments, {"prod", "chat"}, "scale"), "/apis/apps/v1/namespaces/prod/deployments/chat/scale");
  EXPECT_EQ(PathOf(kDeployments, {"prod", ""}), "/apis/apps/v1/namespaces/prod/deployments");
  EXPECT_EQ(PathOf(kDeployments, {"", ""}), "/apis/apps/v1/deployments");
  EXPECT_EQ(PathOf(nodes, {"", "n1"}), "/api/v1/nodes/n1");
  EXPECT_EQ(PathOf(nodes, {"ignored", "n1"}), "/api/v1/nodes/n1");
}

TEST(Resource, ANameCannotLeaveItsPlaceInThePath) {
  EXPECT_EQ(PathOf(kServices, {"a/b", "c?d"}), "/api/v1/namespaces/a%2Fb/services/c%3Fd");
}

TEST(Resource, IsNamedAsInManifestsAndMessages) {
  EXPECT_EQ(kServices.ApiVersion(), "v1");
  EXPECT_EQ(kDeployments.ApiVersion(), "apps/v1");
  EXPECT_EQ(kServices.ToString(), "services");
  EXPECT_EQ(kDeployments.ToString(), "deployments.apps");
}

TEST(ObjectKey, ReadsAsNamespaceAndName) {
  EXPECT_EQ((ObjectKey{"prod", "chat"}).ToString(), "prod/chat");
  EXPECT_EQ((ObjectKey{"", "node"}).ToString(), "node");
}

TEST(ObjectKey, KeepsNamespaceAndNameApart) {
  const std::unordered_set<ObjectKey> keys{{"a", "b"}, {"b", "a"}, {"ab", ""}, {"", "ab"}, {"a", "b"}};
  EXPECT_EQ(keys.size(), 4u);
}

}  // namespace
}  // namespace dso::kube
