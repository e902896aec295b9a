#include "kube/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kube/kubeconfig_test_files.h"

namespace dso::kube {
namespace {

using testing::HasSubstr;

std::string Minimal(const std::string& host) {
  return "current-context: " + host + "\ncontexts: [{name: " + host + ", context: {cluster: " + host +
         "}}]\nclusters: [{name: " + host + ", cluster: {server: 'https://" + host +
         "', certificate-authority: ca.crt}}]\n";
}

TEST(LoadKubeconfig, TakesTheFlagBeforeTheVariableBeforeHome) {
  const TempDir directory;
  KubeconfigLocation location{.file = directory.Write("flag", Minimal("flag")),
                              .variable = directory.Write("variable", Minimal("variable")),
                              .home = directory / "home"};
  directory.Write("home/.kube/config", Minimal("home"));
  EXPECT_EQ(LoadKubeconfig(location)->server.host, "flag");
  location.file.clear();
  EXPECT_EQ(LoadKubeconfig(location)->server.host, "variable");
  location.variable.clear();
  EXPECT_EQ(LoadKubeconfig(location)->server.host, "home");
}

TEST(LoadKubeconfig, MergesTheFilesOfTheVariable) {
  const TempDir directory;
  const std::string one = directory.Write("one/config", Minimal("one"));
  const std::string two = directory.Write("two/config", Minimal("two"));
  const KubeconfigLocation location{.variable = (directory / "missing").string() + "::" + one + ":" + two + ":"};
  EXPECT_EQ(LoadKubeconfig(location)->server.host, "one");
  const Result<ClusterAccess> access = LoadKubeconfig(location, "two");
  ASSERT_TRUE(access.ok()) << access.error().message;
  EXPECT_EQ(access->tls.ca.file, directory / "two/ca.crt");
}

TEST(LoadKubeconfig, SaysWhatIsMissing) {
  const TempDir directory;
  const auto message = [](const KubeconfigLocation& location) { return LoadKubeconfig(location).error().message; };
  const std::string missing = directory / "missing";
  EXPECT_EQ(message({.file = missing}),
            "kubeconfig " + missing + " cannot be read: No such file or directory; check the path and the permissions");
  EXPECT_THAT(message({.file = directory / ""}), HasSubstr("Is a directory"));
  EXPECT_THAT(message({.variable = missing + ":" + missing}), HasSubstr("none of these files exists"));
  EXPECT_THAT(message({.home = directory / ""}), HasSubstr("pass --kubeconfig"));
  EXPECT_THAT(message({}), HasSubstr("pass --kubeconfig"));
}

}  // namespace
}  // namespace dso::kube
