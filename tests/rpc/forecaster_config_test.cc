#include "rpc/forecaster_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dso::rpc {
namespace {

using ::testing::HasSubstr;

ForecasterConfig At(const char* address) { return {.name = "prophet", .address = address}; }

std::string Complaint(const ForecasterConfig& config) {
  const Status status = Validate(config);
  return status ? "" : status.error().message;
}

TEST(ForecasterConfigTest, WithoutTlsOnlyThisMachineIsSpokenTo) {
  for (const char* address : {"127.0.0.1:50051", "localhost:1", "[::1]:50051", "127.9.9.9:65535"}) {
    EXPECT_EQ(Complaint(At(address)), "") << address;
  }
  for (const char* address : {"prophet.forecasting:50051", "10.0.0.1:50051", "127.0.0.1.example:1", "[::2]:1"}) {
    ForecasterConfig config = At(address);
    EXPECT_THAT(Complaint(config), HasSubstr("unencrypted")) << address;
    config.tls.emplace();
    EXPECT_EQ(Complaint(config), "") << address;
    config.tls.reset();
    config.plaintext = true;
    EXPECT_EQ(Complaint(config), "") << address;
  }
}

TEST(ForecasterConfigTest, AnAddressIsHostAndPort) {
  for (const char* address : {"", "prophet", ":50051", "prophet:", "prophet:0", "prophet:65536", "http://prophet:1",
                              "unix:/run/x:1", "::1:50051", "a b:1", "prophet:x"}) {
    ForecasterConfig config = At(address);
    config.plaintext = true;
    EXPECT_THAT(Complaint(config), HasSubstr("is not HOST:PORT")) << address;
  }
}

TEST(ForecasterConfigTest, ACertificateNeedsItsKey) {
  ForecasterConfig config = At("prophet:1");
  config.tls = {.ca_file = "ca", .cert_file = "cert", .key_file = ""};
  EXPECT_THAT(Complaint(config), HasSubstr("both of certFile and keyFile"));
  config.tls->key_file = "key";
  EXPECT_EQ(Complaint(config), "");
  config.plaintext = true;
  EXPECT_THAT(Complaint(config), HasSubstr("keep one of the two"));
}

TEST(ForecasterConfigTest, NamesAndFiguresHaveBounds) {
  ForecasterConfig config = At("localhost:1");
  config.name = "Prophet";
  EXPECT_THAT(Complaint(config), HasSubstr("lower-case letters"));
  config = At("localhost:1");
  config.timeout = milliseconds(0);
  EXPECT_THAT(Complaint(config), HasSubstr("timeout 0s is out of range"));
  config = At("localhost:1");
  config.fit_timeout = std::chrono::hours(1);
  EXPECT_THAT(Complaint(config), HasSubstr("fitTimeout 1h is out of range"));
  config = At("localhost:1");
  config.refit_interval = seconds(1);
  EXPECT_THAT(Complaint(config), HasSubstr("refitInterval 1s is out of range"));
  config = At("localhost:1");
  config.max_concurrent_requests = 0;
  EXPECT_THAT(Complaint(config), HasSubstr("maxConcurrentRequests 0"));
  config = At("localhost:1");
  config.namespaces = {"prod", "Prod"};
  EXPECT_THAT(Complaint(config), HasSubstr("\"Prod\" is not the name of a namespace"));
  config.namespaces = {"prod", "prod"};
  EXPECT_THAT(Complaint(config), HasSubstr("is there twice"));
}

TEST(ForecasterConfigTest, NamespacesThatMayPickIt) {
  ForecasterConfig config = At("localhost:1");
  EXPECT_TRUE(IsAllowed(config, "prod"));
  config.namespaces = {"prod"};
  EXPECT_TRUE(IsAllowed(config, "prod"));
  EXPECT_FALSE(IsAllowed(config, "dev"));
}

}  // namespace
}  // namespace dso::rpc
