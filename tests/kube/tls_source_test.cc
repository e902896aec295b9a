#include "kube/tls_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/kube/kubeconfig_test_files.h"

namespace dso::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TlsSource, ReadsFilesAnewAndTakesInlinePem) {
  const TempDir directory;
  const TlsSource source{.ca = {.origin = "ca", .file = directory.Write("ca", kSomePem)},
                         .client_certificate = {.origin = "certificate", .pem = kSomePem},
                         .server_name = "kubernetes",
                         .insecure_skip_verify = true};
  Result<http::TlsOptions> options = source.Read();
  ASSERT_TRUE(options.ok()) << options.error().message;
  EXPECT_EQ(options->ca_pem, kSomePem);
  EXPECT_EQ(options->client_certificate_pem, kSomePem);
  EXPECT_EQ(options->client_key_pem, "");
  EXPECT_EQ(options->server_name, "kubernetes");
  EXPECT_TRUE(options->insecure_skip_verify);
  directory.Write("ca", std::string(kSomePem) + kSomePem);
  EXPECT_EQ(source.Read()->ca_pem, std::string(kSomePem) + kSomePem);
}

TEST(TlsSource, SaysWhichFileIsWrongButNotWhatIsInIt) {
  const TempDir directory;
  const std::string origin = "user \"u\" of /etc/config: client-key";
  const std::string missing = directory / "missing";
  EXPECT_EQ(TlsSource({.client_key = {.origin = origin, .file = missing}}).Read().error().message,
            origin + " " + missing + " cannot be read: No such file or directory; check the path and the permissions");
  const std::string garbage = directory.Write("garbage", kSecret);
  const std::string message = TlsSource({.client_key = {.origin = origin, .file = garbage}}).Read().error().message;
  EXPECT_THAT(message, HasSubstr(origin + " " + garbage + " is not PEM"));
  EXPECT_THAT(message, Not(HasSubstr(kSecret)));
  EXPECT_THAT(TlsSource({.client_key = {.origin = origin, .pem = kSecret}}).Read().error().message,
              Not(HasSubstr(kSecret)));
}

TEST(TlsSource, BoundsWhatItReads) {
  const PemSource endless{.origin = "ca", .file = "/dev/zero"};
  EXPECT_THAT(endless.Read().error().message, HasSubstr("larger than"));
}

}  // namespace
}  // namespace dso::kube
