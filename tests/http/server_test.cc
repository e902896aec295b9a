#include "http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "tests/http/loopback_server.h"

namespace dso::http {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ServerResponse Echo(const ServerRequest& request) { return {.body = request.method + " " + request.path + "\n"}; }

// Somebody else may take an unused port first; then another one is tried.
std::unique_ptr<Server> Listen(ServerHandler handler) {
  constexpr int kAttempts = 20;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto server = Server::Create("127.0.0.1:" + std::to_string(UnusedPort()), handler);
    if (server) return *std::move(server);
  }
  throw std::runtime_error("no free port");
}

std::string Request(const Server& server, std::string_view method, std::string_view target) {
  return Exchange(server.address().port, std::string(method) + " " + std::string(target) +
                                             " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

TEST(ListenAddressTest, ParsesHostAndPort) {
  EXPECT_EQ(*ParseListenAddress("0.0.0.0:8080"), (ListenAddress{"0.0.0.0", 8080}));
  EXPECT_EQ(*ParseListenAddress("localhost:1"), (ListenAddress{"localhost", 1}));
  EXPECT_EQ(*ParseListenAddress(":65535"), (ListenAddress{"0.0.0.0", 65535}));
  EXPECT_EQ(ParseListenAddress("127.0.0.1:8080")->ToString(), "127.0.0.1:8080");
}

TEST(ListenAddressTest, RefusesWhatIsNone) {
  for (const std::string_view text : {"", "8080", "0.0.0.0", "0.0.0.0:", "0.0.0.0:0", "0.0.0.0:65536", "0.0.0.0:http",
                                      "[::]:8080", "::1:8080", "http://0.0.0.0:8080", "a b:8080", "host/x:8080"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_THAT(address.error().message, HasSubstr("write it as 0.0.0.0:8080")) << text;
  }
}

TEST(ServerTest, AnswersGet) {
  const auto server = Listen(Echo);
  EXPECT_THAT(Request(*server, "GET", "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"),
                    EndsWith("\r\n\r\nGET /metrics\n")));
}

TEST(ServerTest, PassesStatusAndContentType) {
  const auto server = Listen([](const ServerRequest&) {
    return ServerResponse{.status = 503, .content_type = "text/plain; version=0.0.4", .body = "no"};
  });
  EXPECT_THAT(Request(*server, "GET", "/"),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("text/plain; version=0.0.4"), EndsWith("\r\n\r\nno")));
}

TEST(ServerTest, ThePathHasNoQueryAndIsNotDecoded) {
  const auto server = Listen(Echo);
  EXPECT_THAT(Request(*server, "GET", "/a%20b/c?query=up"), EndsWith("GET /a%20b/c\n"));
  EXPECT_THAT(Request(*server, "GET", "/"), EndsWith("GET /\n"));
}

TEST(ServerTest, AnswersHeadWithoutABody) {
  const auto server = Listen(Echo);
  EXPECT_THAT(Request(*server, "HEAD", "/metrics"),
              AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("\r\n\r\n"), Not(HasSubstr("HEAD /metrics"))));
}

TEST(ServerTest, RefusesOtherMethods) {
  const auto server = Listen(Echo);
  for (const std::string_view method : {"DELETE", "OPTIONS", "TRACE", "BREW"}) {
    EXPECT_THAT(Request(*server, method, "/metrics"),
                AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")))
        << method;
  }
  EXPECT_THAT(Exchange(server->address().port,
                       "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"),
              StartsWith("HTTP/1.1 405 "));
}

TEST(ServerTest, AnExceptionOfTheHandlerIsA500ThatDoesNotShowIt) {
  const auto server = Listen([](const ServerRequest& request) -> ServerResponse {
    if (request.path == "/odd") throw 42;
    throw std::runtime_error("s3cret");
  });
  for (const std::string_view path : {"/", "/odd"}) {
    EXPECT_THAT(Request(*server, "GET", path), AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("s3cret"))));
  }
}

TEST(ServerTest, SurvivesClientsThatTalkNonsenseOrHangUp) {
  const auto server = Listen(Echo);
  EXPECT_THAT(Exchange(server->address().port, "nonsense\r\n\r\n"), Not(HasSubstr("200 OK")));
  EXPECT_THAT(Request(*server, "GET", "/still-there"), EndsWith("GET /still-there\n"));
}

TEST(ServerTest, AnswersWhileAnotherRequestIsStillInWork) {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  const auto server = Listen([released](const ServerRequest& request) {
    if (request.path == "/slow") released.wait();
    return Echo(request);
  });
  auto slow = std::async(std::launch::async, [&] { return Request(*server, "GET", "/slow"); });
  EXPECT_THAT(Request(*server, "GET", "/quick"), EndsWith("GET /quick\n"));
  release.set_value();
  EXPECT_THAT(slow.get(), EndsWith("GET /slow\n"));
}

TEST(ServerTest, APortInUseIsNamed) {
  LoopbackServer occupant([](PeerConnection&) {});
  const std::string address = "127.0.0.1:" + std::to_string(occupant.port());
  const auto server = Server::Create(address, Echo);
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(server.error().message, AllOf(HasSubstr("cannot listen on " + address), HasSubstr("in use")));
}

TEST(ServerTest, AnAddressThatIsNotOursIsNamed) {
  const auto server = Server::Create("192.0.2.1:8080", Echo);  // TEST-NET-1 of RFC 5737
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(server.error().message, HasSubstr("cannot listen on 192.0.2.1:8080"));
}

TEST(ServerTest, TheDestructorFreesThePort) {
  auto first = Listen(Echo);
  const std::string address = first->address().ToString();
  EXPECT_THAT(Request(*first, "GET", "/1"), EndsWith("GET /1\n"));
  first.reset();
  const auto second = Server::Create(address, Echo);
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_THAT(Request(**second, "GET", "/2"), EndsWith("GET /2\n"));
}

TEST(ServerTest, TheDestructorDoesNotWaitForIdleClients) {
  auto server = Listen(Echo);
  const int port = server->address().port;
  auto idle = std::async(std::launch::async, [port] { return Exchange(port, "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"); });
  EXPECT_THAT(Request(*server, "GET", "/2"), EndsWith("GET /2\n"));
  server.reset();
  idle.wait();
}

}  // namespace
}  // namespace dso::http
