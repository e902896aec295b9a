// What only the real client has: TLS, rotation, bounds on what comes over the network.
#include "rpc/forecaster_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/http/loop_thread.h"
#include "tests/http/test_certificates.h"
#include "tests/rpc/forecaster_server.h"

namespace dso::rpc {
namespace {

using test::ForecasterServer;
using test::ScriptedForecaster;
using test::ServerTls;
using ::testing::HasSubstr;
using ::testing::Not;

PredictRequest Question() {
  const WallTime now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  return {.series = {"prod", "chat", "requests/s"},
          .recent = {.start = now, .step = std::chrono::minutes(1), .values = {1}},
          .horizon = std::chrono::minutes(5),
          .step = std::chrono::minutes(1),
          .quantiles = {0.9}};
}

class ForecasterChannelTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/forecaster_channel_test.XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return directory_ / name;
  }
  static ServerTls ServedBy(const http::TestAuthority& authority, const http::TestAuthority* clients = nullptr) {
    const http::Identity identity = authority.Issue("forecaster", "IP:127.0.0.1");
    return {identity.certificate_pem, identity.key_pem, clients == nullptr ? "" : clients->certificate_pem()};
  }
  void Connect(const ForecasterServer& server, std::optional<ForecasterTls> tls) {
    client_ = ConnectToForecaster(http::LoopThread::Get().loop(),
                                  {.name = "real", .address = server.address(), .tls = std::move(tls)});
  }
  Result<Prediction> Predict() {
    return http::LoopThread::Get().Run([this] { return client_->Predict(Question(), seconds(60), {}); });
  }

  std::filesystem::path directory_;
  std::shared_ptr<ScriptedForecaster> script_ = std::make_shared<ScriptedForecaster>();
  http::TestAuthority authority_{"forecasters"};
  std::unique_ptr<ForecasterClient> client_;
};

TEST_F(ForecasterChannelTest, TlsTrustsTheAuthoritiesOfTheFile) {
  const ServerTls tls = ServedBy(authority_);
  const ForecasterServer server(script_, &tls);
  Connect(server,
          ForecasterTls{.ca_file = Write("ca.crt", authority_.certificate_pem()), .cert_file = "", .key_file = ""});
  const auto answer = Predict();
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(ForecasterChannelTest, AnotherAuthorityIsNotTrusted) {
  const http::TestAuthority other("somebody else");
  const ServerTls tls = ServedBy(other);
  const ForecasterServer server(script_, &tls);
  Connect(server,
          ForecasterTls{.ca_file = Write("ca.crt", authority_.certificate_pem()), .cert_file = "", .key_file = ""});
  const auto answer = Predict();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_TRUE(script_->predictions().empty());
}

TEST_F(ForecasterChannelTest, AServerThatAsksForACertificateGetsOne) {
  const http::TestAuthority clients("operators");
  const ServerTls tls = ServedBy(authority_, &clients);
  const ForecasterServer server(script_, &tls);
  const std::string ca = Write("ca.crt", authority_.certificate_pem());
  Connect(server, ForecasterTls{.ca_file = ca, .cert_file = "", .key_file = ""});
  EXPECT_FALSE(Predict()) << "without one";
  const http::Identity own = clients.Issue("deepseek-operator");
  Connect(server, ForecasterTls{.ca_file = ca,
                                .cert_file = Write("tls.crt", own.certificate_pem),
                                .key_file = Write("tls.key", own.key_pem)});
  const auto answer = Predict();
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(ForecasterChannelTest, FilesThatAreRotatedNeedNoRestart) {
  auto server = std::make_unique<ForecasterServer>(script_);
  const int port = server->port();
  server.reset();
  const ServerTls before = ServedBy(authority_);
  server = std::make_unique<ForecasterServer>(script_, &before, port);
  Connect(*server,
          ForecasterTls{.ca_file = Write("ca.crt", authority_.certificate_pem()), .cert_file = "", .key_file = ""});
  ASSERT_TRUE(Predict());

  const http::TestAuthority next("forecasters, next year");
  const ServerTls after = ServedBy(next);
  server.reset();
  server = std::make_unique<ForecasterServer>(script_, &after, port);
  EXPECT_FALSE(Predict()) << "the file has the old authority";
  Write("ca.crt", next.certificate_pem());
  const auto answer = Predict();
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(ForecasterChannelTest, AFileThatIsMissingIsNamed) {
  const ForecasterServer server(script_);
  Connect(server, ForecasterTls{.ca_file = directory_ / "none.crt", .cert_file = "", .key_file = ""});
  const auto answer = Predict();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("none.crt"));
}

TEST_F(ForecasterChannelTest, AnAnswerThatIsTooLargeIsRefused) {
  const ForecasterServer server(script_, nullptr, 0, 300 * 1024);
  Connect(server, std::nullopt);
  const auto answer = Predict();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kResourceExhausted);
}

TEST_F(ForecasterChannelTest, TheForecastersWordsAreShownShortAndPrintable) {
  script_->set_on_predict([](const PredictRequest&) -> Result<Prediction> {
    return Error{ErrorCode::kInvalidArgument, "bad\nthing \x1b[31m" + std::string(4'000, 'x')};
  });
  const ForecasterServer server(script_);
  Connect(server, std::nullopt);
  const auto answer = Predict();
  ASSERT_FALSE(answer);
  EXPECT_LE(answer.error().message.size(), 200u);
  EXPECT_THAT(answer.error().message, HasSubstr("bad?thing ?[31m"));
}

TEST_F(ForecasterChannelTest, WhoGivesNoReasonIsSaidToGiveNone) {
  script_->set_on_predict([](const PredictRequest&) -> Result<Prediction> { return Internal(""); });
  const ForecasterServer server(script_);
  Connect(server, std::nullopt);
  const auto answer = Predict();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "it gives no reason");
}

TEST_F(ForecasterChannelTest, TheEndOfTheClientEndsItsCalls) {
  script_->set_hangs(true);
  const ForecasterServer server(script_);
  Connect(server, std::nullopt);
  std::stop_source stop;
  // Two calls under way when the stop comes; then the client goes at once.
  const Result<Prediction> answer = http::LoopThread::Get().Run([&]() -> Task<Result<Prediction>> {
    http::LoopThread::Get().loop().Post([&stop] { stop.request_stop(); });
    return client_->Predict(Question(), seconds(60), stop.get_token());
  });
  client_.reset();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace dso::rpc
