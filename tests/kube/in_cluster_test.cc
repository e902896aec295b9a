#include "kube/in_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kube/kubeconfig_test_files.h"

namespace dso::kube {
namespace {

using testing::HasSubstr;

class InCluster : public testing::Test {
 protected:
  void SetUp() override {
    directory_.Write("token", kSecret);
    directory_.Write("ca.crt", kSomePem);
    directory_.Write("namespace", "shop\n");
  }
  Result<ClusterAccess> Load(const std::string& host, const std::string& port = "443") const {
    return LoadInCluster({.service_host = host, .service_port = port, .service_account = directory_ / ""});
  }
  const TempDir directory_;
};

TEST_F(InCluster, ReadsTheServiceAccount) {
  const Result<ClusterAccess> access = Load("10.0.0.1", "6443");
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->server.ToString(), "https://10.0.0.1:6443");
  EXPECT_EQ(access->default_namespace, "shop");
  EXPECT_EQ(access->context, "");
  EXPECT_EQ(std::get<TokenFileUser>(access->user).file, directory_ / "token");
  EXPECT_EQ(access->tls.Read()->ca_pem, kSomePem);
}

TEST_F(InCluster, UsesTheServiceNameInsteadOfAnIpv6Literal) {
  for (const char* host : {"fd00::1", "[fd00::1]"}) {
    EXPECT_EQ(Load(host)->server.ToString(), "https://kubernetes.default.svc") << host;
  }
}

TEST_F(InCluster, OutsideOfAClusterAsksForAKubeconfig) {
  EXPECT_THAT(Load("").error().message, HasSubstr("pass --kubeconfig"));
  EXPECT_THAT(Load("10.0.0.1", "").error().message, HasSubstr("pass --kubeconfig"));
}

TEST_F(InCluster, SaysWhatIsNotMounted) {
  std::filesystem::remove(directory_ / "token");
  const Error error = Load("10.0.0.1").error();
  EXPECT_THAT(error.message, HasSubstr((directory_ / "token").string()));
  EXPECT_THAT(error.message, HasSubstr("automountServiceAccountToken"));
}

TEST_F(InCluster, RefusesAnOddPort) {
  EXPECT_THAT(Load("10.0.0.1", "tcp").error().message, HasSubstr("KUBERNETES_SERVICE_PORT"));
}

}  // namespace
}  // namespace dso::kube
