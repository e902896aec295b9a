#include "cli/forecast_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/cli/fake_operator.h"
#include "tests/cli/temporary_directory.h"
#include "tests/http/test_certificates.h"

namespace dso::cli {
namespace {

using test::FakeOperator;
using testing::HasSubstr;
namespace v1 = deepseek::forecast::v1;

constexpr milliseconds kLong = std::chrono::minutes(1);
constexpr milliseconds kShort{100};

std::optional<RpcFailure> Ask(const Endpoint& endpoint, milliseconds timeout = kLong,
                              const std::stop_token& stop = {}) {
  const Result<Secrets> secrets = ReadSecrets(endpoint);
  if (!secrets) return RpcFailure{.code = -1, .message = secrets.error().message};
  ForecastClient client(endpoint, *secrets);
  v1::GetForecastRequest request;
  v1::GetForecastResponse response;
  auto failure = client.GetForecast(request, response, timeout, stop);
  if (!failure) {
    EXPECT_EQ(response.path_size(), 144);
  }
  return failure;
}

TEST(ForecastClient, AnswersCarryTheWholeMessage) {
  FakeOperator fake;
  ASSERT_TRUE(fake.listens());
  EXPECT_FALSE(Ask({.address = fake.address()}));
}

TEST(ForecastClient, FailuresCarryTheirDetails) {
  FakeOperator fake;
  google::rpc::Status status;
  google::rpc::ResourceInfo resource;
  resource.set_resource_name("prod/chatt");
  status.add_details()->PackFrom(resource);
  fake.Refuse({grpc::StatusCode::NOT_FOUND, "", status.SerializeAsString()});
  const auto failure = Ask({.address = fake.address()});
  ASSERT_TRUE(failure);
  EXPECT_THAT(ComplaintOf(*failure, {.address = fake.address()}).text(),
              HasSubstr("there is no DeepSeekService prod/chatt"));
}

TEST(ForecastClient, WaitsNoLongerThanItsTimeout) {
  FakeOperator fake;
  fake.Hang();
  const auto failure = Ask({.address = fake.address()}, kShort);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST(ForecastClient, AStopEndsACall) {
  FakeOperator fake;
  fake.Hang();
  std::stop_source stop;
  stop.request_stop();
  const auto failure = Ask({.address = fake.address()}, kLong, stop.get_token());
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, grpc::StatusCode::CANCELLED);
}

TEST(ForecastClient, NobodyThereIsUnavailable) {
  FakeOperator fake;
  const std::string address = fake.address();
  fake.Stop();
  const auto failure = Ask({.address = address});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, grpc::StatusCode::UNAVAILABLE);
}

TEST(ForecastClient, ATokenIsSent) {
  FakeOperator fake;
  const test::TemporaryDirectory directory;
  EXPECT_FALSE(Ask({.address = fake.address(), .token_file = directory.Write("token", "abc.def\n")}));
  EXPECT_EQ(fake.authorization(), "Bearer abc.def");
}

TEST(ForecastClient, FilesThatCannotBeCredentialsAreRefused) {
  const test::TemporaryDirectory directory;
  const auto refusal = [](const std::string& file) {
    const auto failure = Ask({.address = "127.0.0.1:1", .token_file = file});
    return failure ? failure->message : "";
  };
  EXPECT_THAT(refusal(directory.path() / "absent"), HasSubstr("cannot be read"));
  EXPECT_THAT(refusal(directory.Write("empty", " \n")), HasSubstr("is empty"));
  EXPECT_THAT(refusal(directory.Write("two", "a\nb\n")), HasSubstr("holds more than a token"));
  EXPECT_THAT(refusal(directory.Write("two", "a\nb\n")), testing::Not(HasSubstr("a\nb")));
}

TEST(ForecastClient, AListIsReadPageByPage) {
  FakeOperator fake;
  for (const char* name : {"a", "b", "c"}) fake.services.add_services()->set_service(name);
  ForecastClient client({.address = fake.address()}, {});
  v1::ListServicesResponse list;
  EXPECT_FALSE(client.ListServices({}, list, kLong, {}));
  ASSERT_EQ(list.services_size(), 3);
  EXPECT_EQ(list.services(2).service(), "c");
  EXPECT_EQ(list.next_page_token(), "");
}

TEST(ForecastClient, AStreamThatSaysNothingIsGivenUp) {
  FakeOperator fake;
  ForecastClient client({.address = fake.address()}, {});
  const auto failure = client.Watch({}, [](const v1::DecisionEvent&) {}, kShort, {});
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(failure->message, "nothing has been heard for 100ms");
}

TEST(ForecastClient, AStreamHandsDecisionsOverUntilTheOperatorEndsIt) {
  FakeOperator fake;
  v1::DecisionEvent event;
  event.set_to(7);
  fake.Tell(event);
  event.set_to(8);
  fake.Tell(event);
  ForecastClient client({.address = fake.address()}, {});
  std::vector<int> floors;
  const auto on_decision = [&](const v1::DecisionEvent& decision) {
    floors.push_back(decision.to());
    if (floors.size() == 2) fake.EndStreams();
  };
  EXPECT_FALSE(client.Watch({}, on_decision, kLong, {}));
  EXPECT_THAT(floors, testing::ElementsAre(7, 8));
}

// TLS.

class ForecastClientTls : public testing::Test {
 protected:
  std::shared_ptr<grpc::ServerCredentials> Credentials(bool asks_for_certificates) const {
    grpc::SslServerCredentialsOptions options(asks_for_certificates
                                                  ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                  : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    const http::Identity server = authority_.Issue("operator", "IP:127.0.0.1,DNS:operator.example");
    options.pem_root_certs = authority_.certificate_pem();
    options.pem_key_cert_pairs.push_back({server.key_pem, server.certificate_pem});
    return grpc::SslServerCredentials(options);
  }
  std::string Complain(const Endpoint& endpoint) {
    const auto failure = Ask(endpoint);
    if (!failure) return "";
    return ComplaintOf(*failure, {.address = endpoint.address, .tls = endpoint.tls()}).text();
  }

  http::TestAuthority authority_{"an authority"};
  http::TestAuthority other_{"another authority"};
  test::TemporaryDirectory directory_;
  std::string ca_ = directory_.Write("ca.crt", authority_.certificate_pem());
  std::string other_ca_ = directory_.Write("other.crt", other_.certificate_pem());
};

TEST_F(ForecastClientTls, TheServerIsVerified) {
  FakeOperator fake(Credentials(false));
  ASSERT_TRUE(fake.listens());
  EXPECT_EQ(Complain({.address = fake.address(), .tls_ca = ca_}), "");
  EXPECT_THAT(Complain({.address = fake.address(), .tls_ca = other_ca_}),
              HasSubstr("does --tls-ca hold the authority"));
}

TEST_F(ForecastClientTls, TheServerHasTheNameThatIsAskedFor) {
  FakeOperator fake(Credentials(false));
  EXPECT_EQ(Complain({.address = fake.address(), .tls_ca = ca_, .tls_server_name = "operator.example"}), "");
  EXPECT_THAT(Complain({.address = fake.address(), .tls_ca = ca_, .tls_server_name = "another.example"}),
              HasSubstr("cannot be reached"));
}

TEST_F(ForecastClientTls, TheClientShowsItsCertificate) {
  FakeOperator fake(Credentials(true));
  const http::Identity client = authority_.Issue("somebody");
  const http::Identity stranger = other_.Issue("somebody");
  const auto with = [&](const http::Identity& identity) {
    return Endpoint{.address = fake.address(),
                    .tls_ca = ca_,
                    .tls_cert = directory_.Write("client.crt", identity.certificate_pem),
                    .tls_key = directory_.Write("client.key", identity.key_pem)};
  };
  EXPECT_EQ(Complain(with(client)), "");
  EXPECT_THAT(Complain(with(stranger)), HasSubstr("accept the client's certificate?"));
  EXPECT_THAT(Complain({.address = fake.address(), .tls_ca = ca_}), HasSubstr("accept the client's certificate?"));
}

TEST_F(ForecastClientTls, PlaintextToAServerWithTlsSaysWhatIsMissing) {
  FakeOperator fake(Credentials(false));
  EXPECT_THAT(Complain({.address = fake.address()}), HasSubstr("give --tls-ca"));
}

}  // namespace
}  // namespace dso::cli
