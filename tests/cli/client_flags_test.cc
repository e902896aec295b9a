#include "cli/client_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/endpoint.h"

namespace dso::cli {
namespace {

using std::chrono::hours;
using testing::ElementsAre;
using testing::HasSubstr;

const DefaultNamespace kFromKubeconfig = [] { return Result<std::string>("team"); };
const DefaultNamespace kNoKubeconfig = [] { return Result<std::string>(InvalidArgument("there is no kubeconfig")); };

ClientFlags For(std::string target) {
  ClientFlags flags;
  flags.target = std::move(target);
  return flags;
}

template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result ? "(no error)" : result.error().message;
}

TEST(ClientFlags, AServiceIsNamedWithItsNamespaceOrWithout) {
  EXPECT_EQ(InterpretService(For("prod/chat"), kNoKubeconfig)->ns, "prod");
  EXPECT_EQ(InterpretService(For("prod/chat"), kNoKubeconfig)->service, "chat");
  EXPECT_EQ(InterpretService(For("chat"), kFromKubeconfig)->ns, "team");
  ClientFlags flags = For("chat");
  flags.ns = "prod";
  EXPECT_EQ(InterpretService(flags, kNoKubeconfig)->ns, "prod");
}

TEST(ClientFlags, AServiceThatIsNamedWronglyIsRefused) {
  EXPECT_THAT(MessageOf(InterpretService(For(""), kFromKubeconfig)), HasSubstr("NAMESPACE/NAME"));
  for (const char* target : {"/chat", "prod/", "a/b/c", "/"}) {
    EXPECT_THAT(MessageOf(InterpretService(For(target), kFromKubeconfig)), HasSubstr("names no service")) << target;
  }
  ClientFlags flags = For("prod/chat");
  flags.ns = "team";
  EXPECT_THAT(MessageOf(InterpretService(flags, kFromKubeconfig)), HasSubstr("leave one of them out"));
  EXPECT_THAT(MessageOf(InterpretService(For("chat"), kNoKubeconfig)), HasSubstr("no namespace is given"));
}

TEST(ClientFlags, ABareWordIsANamespaceForTheOperatorAndAServiceForKubectl) {
  EXPECT_EQ(InterpretSelection(For("prod"), false, kFromKubeconfig)->ns, "prod");
  EXPECT_EQ(InterpretSelection(For("prod"), false, kFromKubeconfig)->service, "");
  EXPECT_EQ(InterpretSelection(For("chat"), true, kFromKubeconfig)->ns, "team");
  EXPECT_EQ(InterpretSelection(For("chat"), true, kFromKubeconfig)->service, "chat");
  ClientFlags flags = For("chat");
  flags.ns = "prod";
  EXPECT_EQ(InterpretSelection(flags, false, kFromKubeconfig)->service, "chat");
}

TEST(ClientFlags, AllNamespacesGoesWithNothingElse) {
  ClientFlags flags;
  flags.all_namespaces = true;
  EXPECT_EQ(InterpretSelection(flags, false, kNoKubeconfig)->ns, "");
  flags.target = "prod";
  EXPECT_THAT(MessageOf(InterpretSelection(flags, false, kNoKubeconfig)), HasSubstr("leave one of them out"));
  flags.target.clear();
  flags.ns = "prod";
  EXPECT_THAT(MessageOf(InterpretSelection(flags, false, kNoKubeconfig)), HasSubstr("leave one of them out"));
}

TEST(ClientFlags, AForecastIsOfADayUnlessSaidOtherwise) {
  EXPECT_EQ(InterpretForecast(For("prod/chat"), kNoKubeconfig)->horizon, hours(24));
  ClientFlags flags = For("prod/chat");
  flags.horizon = "90m";
  flags.step = "5m";
  flags.quantiles = {"0.9", "0.5", "0.9"};
  const auto order = InterpretForecast(flags, kNoKubeconfig);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->horizon, std::chrono::minutes(90));
  EXPECT_EQ(order->step, std::chrono::minutes(5));
  EXPECT_THAT(order->quantiles, ElementsAre(0.5, 0.9));
}

TEST(ClientFlags, NonsenseIsRefusedWithItsFlag) {
  const auto with = [](auto change) {
    ClientFlags flags = For("prod/chat");
    change(flags);
    return MessageOf(InterpretForecast(flags, kNoKubeconfig));
  };
  EXPECT_THAT(with([](ClientFlags& flags) { flags.horizon = "soon"; }), HasSubstr("--horizon: \"soon\""));
  EXPECT_THAT(with([](ClientFlags& flags) { flags.horizon = "0s"; }), HasSubstr("--horizon is \"0s\""));
  EXPECT_THAT(with([](ClientFlags& flags) { flags.horizon = "-5m"; }), HasSubstr("--horizon"));
  EXPECT_THAT(with([](ClientFlags& flags) { flags.horizon = "99999999d"; }), HasSubstr("--horizon"));
  EXPECT_THAT(with([](ClientFlags& flags) { flags.step = "1ms"; }), HasSubstr("--step is \"1ms\""));
  EXPECT_THAT(with([](ClientFlags& flags) { flags.quantiles = {"p90"}; }), HasSubstr("--quantile is \"p90\""));
  EXPECT_THAT(with([](ClientFlags& flags) { flags.quantiles = {"nan"}; }), HasSubstr("--quantile is \"nan\""));
  EXPECT_THAT(with([](ClientFlags& flags) {
                flags.plot = true;
                flags.output = "json";
              }),
              HasSubstr("--plot"));
}

TEST(ClientFlags, OutputIsOneOfWhatThereIs) {
  EXPECT_EQ(*InterpretOutput("", false), Output::kTable);
  EXPECT_EQ(*InterpretOutput("json", false), Output::kJson);
  EXPECT_EQ(*InterpretOutput("wide", true), Output::kWide);
  EXPECT_THAT(MessageOf(InterpretOutput("wide", false)), HasSubstr("give json or table"));
  EXPECT_THAT(MessageOf(InterpretOutput("yaml", true)), HasSubstr("give json, wide or table"));
}

TEST(ClientFlags, ATimeoutIsADuration) {
  ConnectionFlags flags;
  EXPECT_EQ(InterpretConnection(flags)->timeout, seconds(10));
  flags.timeout = "2s";
  EXPECT_EQ(InterpretConnection(flags)->timeout, seconds(2));
  flags.timeout = "0s";
  EXPECT_THAT(MessageOf(InterpretConnection(flags)), HasSubstr("--timeout"));
}

TEST(RoundStep, KeepsTheNumberOfPointsDown) {
  EXPECT_EQ(RoundStep(hours(24), 24), hours(1));
  EXPECT_EQ(RoundStep(hours(24), 160), std::chrono::minutes(10));
  EXPECT_EQ(RoundStep(seconds(5), 24), seconds(1));
  EXPECT_EQ(RoundStep(hours(24 * 7), 24), hours(12));
}

TEST(Endpoint, LoopbackIsThisMachineOnly) {
  for (const char* address : {"127.0.0.1:9090", "127.1.2.3:1", "localhost:9090", "[::1]:9090"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"10.0.0.1:9090", "example.org:443", "127.0.0.1", "localhost.example.org:1", "128.0.0.1:1",
                              "[::2]:9090", "0.0.0.0:9090", ""}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

std::string Refusal(const Endpoint& endpoint) { return MessageOf(CheckEndpoint(endpoint)); }

TEST(Endpoint, PlaintextLeavesThisMachineNever) {
  EXPECT_TRUE(CheckEndpoint({.address = "127.0.0.1:9090"}));
  EXPECT_THAT(Refusal({.address = "operator.example:9090"}), HasSubstr("give --tls-ca"));
  EXPECT_TRUE(CheckEndpoint({.address = "operator.example:9090", .tls_ca = "ca.crt"}));
}

TEST(Endpoint, FlagsOfTlsGoTogether) {
  EXPECT_THAT(Refusal({.address = "127.0.0.1:1", .tls_ca = "ca", .tls_cert = "crt"}),
              HasSubstr("both --tls-cert and --tls-key"));
  EXPECT_THAT(Refusal({.address = "127.0.0.1:1", .tls_server_name = "x"}), HasSubstr("TLS needs --tls-ca"));
}

TEST(Endpoint, AnAddressHasAHostAndAPort) {
  for (const char* address : {"", "host", "host:", ":9090", "host:0", "host:65536", "host:9x", "::1:9090",
                              "http://host:80", "ho st:80", "[::1:80"}) {
    EXPECT_THAT(Refusal({.address = address, .tls_ca = "ca.crt"}), HasSubstr("HOST:PORT")) << address;
  }
}

}  // namespace
}  // namespace dso::cli
