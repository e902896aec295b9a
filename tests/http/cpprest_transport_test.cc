// The contract of HttpTransport, kept over real sockets against a server that misbehaves on purpose. Time-outs are
// short where one is meant to strike, and far beyond any test's length everywhere else.
#include "http/cpprest_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "base/async.h"
#include "tests/http/loop_thread.h"
#include "tests/http/loopback_server.h"

namespace dso::http {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr milliseconds kShort = 100ms;
constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// A script that answers every request on the connection with the same bytes.
LoopbackServer::Script Always(std::string answer) {
  return [answer](PeerConnection& peer) {
    while (!peer.ReadRequest().empty()) peer.Write(answer);
  };
}
// A script that answers one request and hangs up.
LoopbackServer::Script Once(std::string answer) {
  return [answer](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write(answer);
  };
}
// A script that answers one request and then neither says anything nor hangs up.
LoopbackServer::Script ThenSilence(std::string answer) {
  return [answer](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write(answer);
    peer.WaitForHangup();
  };
}

class CpprestTransportTest : public testing::Test {
 protected:
  static Loop& loop() { return LoopThread::Get().loop(); }

  static std::unique_ptr<CpprestTransport> Connect(const std::string& url, const TlsOptions& tls = {}) {
    auto transport = CpprestTransport::Create(loop(), *ParseUrl(url), tls);
    if (!transport) throw std::runtime_error(transport.error().message);
    return *std::move(transport);
  }
  static std::unique_ptr<CpprestTransport> Connect(const LoopbackServer& server, const std::string& prefix = "") {
    return Connect("http://127.0.0.1:" + std::to_string(server.port()) + prefix);
  }

  static Result<Response> Send(CpprestTransport& transport, const Request& request, std::stop_token stop = {}) {
    return LoopThread::Get().Run([&] { return transport.Send(request, stop); });
  }
  // One request to a server that runs `script`.
  static Result<Response> SendTo(LoopbackServer::Script script, const Request& request = {.target = "/"}) {
    const LoopbackServer server(std::move(script));
    return Send(*Connect(server), request);
  }
  static Result<StreamingResponse> Open(CpprestTransport& transport, const Request& request,
                                        std::stop_token stop = {}) {
    return LoopThread::Get().Run([&] { return transport.Open(request, stop); });
  }
  static Result<std::string> Read(StreamingResponse& response) {
    return LoopThread::Get().Run([&] { return response.body->Read(); });
  }
};

// What goes well.

TEST_F(CpprestTransportTest, ReturnsStatusHeadersAndBody) {
  const auto response = SendTo(Always("HTTP/1.1 200 OK\r\nX-Thing: one\r\nContent-Length: 5\r\n\r\nhello"));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->headers.at("x-thing"), "one");
}

TEST_F(CpprestTransportTest, AnyStatusIsAResponse) {
  for (const int status : {201, 400, 401, 404, 409, 410, 429, 500, 503}) {
    const auto response =
        SendTo(Always("HTTP/1.1 " + std::to_string(status) + " Whatever\r\nContent-Length: 3\r\n\r\nwhy"));
    ASSERT_TRUE(response.ok()) << response.error().message;
    EXPECT_EQ(response->status, status);
    EXPECT_EQ(response->body, "why");
  }
}

TEST_F(CpprestTransportTest, UnderstandsEveryFramingOfABody) {
  for (const auto& [answer, body] : std::initializer_list<std::pair<std::string, std::string>>{
           {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
           {"HTTP/1.1 204 No Content\r\n\r\n", ""},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ""},
           {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", "until the end"},
       }) {
    const auto response = SendTo(Once(answer));
    ASSERT_TRUE(response.ok()) << answer << response.error().message;
    EXPECT_EQ(response->body, body) << answer;
  }
}

TEST_F(CpprestTransportTest, SendsMethodTargetHeadersAndBodyBehindThePrefix) {
  std::promise<std::string> received;
  const LoopbackServer server([&received](PeerConnection& peer) {
    received.set_value(peer.ReadRequest());
    peer.Write(kOk);
  });
  const auto transport = Connect(server, "/prefix");
  const auto response = Send(
      *transport, {.method = "PATCH",
                   .target = "/apis/x?fieldManager=a%2Fb&force=true",
                   .headers = {{"Content-Type", "application/apply-patch+yaml"}, {"Authorization", "Bearer token"}},
                   .body = "{\"a\":1}"});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_THAT(
      received.get_future().get(),
      AllOf(StartsWith("PATCH /prefix/apis/x?fieldManager=a%2Fb&force=true HTTP/1.1\r\n"),
            HasSubstr("\r\nContent-Type:application/apply-patch+yaml\r\n"),
            HasSubstr("\r\nAuthorization:Bearer token\r\n"), HasSubstr("\r\nContent-Length:7\r\n"),
            HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n"), EndsWith("\r\n\r\n{\"a\":1}")));
}

TEST_F(CpprestTransportTest, CarriesALargeBodyWhole) {
  std::string body;
  for (int i = 0; body.size() < (size_t{5} << 20); ++i) body += std::to_string(i) + "\n";
  const auto response =
      SendTo(Once("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_TRUE(response->body == body);
}

TEST_F(CpprestTransportTest, UsesConnectionsAgain) {
  constexpr int kRequests = 50;
  const LoopbackServer server(Always(std::string(kOk)));
  const auto transport = Connect(server);
  for (int i = 0; i < kRequests; ++i) ASSERT_TRUE(Send(*transport, {.target = "/"}).ok());
  // Not one: a connection returns to the pool a moment after its answer is complete.
  EXPECT_LT(server.connections(), kRequests);
}

TEST_F(CpprestTransportTest, AConnectionThatTheServerClosedWhileIdleIsReplaced) {
  const LoopbackServer server(Once(std::string(kOk)));
  const auto transport = Connect(server);
  for (int i = 0; i < 3; ++i) {
    const auto response = Send(*transport, {.target = "/"});
    ASSERT_TRUE(response.ok()) << response.error().message;
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(CpprestTransportTest, RunsRequestsConcurrentlyAndCompletesThemOnTheLoopThread) {
  constexpr int kRequests = 8;
  std::atomic<int> waiting = 0;
  std::promise<void> all_here;
  const std::shared_future<void> go = all_here.get_future().share();
  const LoopbackServer server([&, go](PeerConnection& peer) {
    peer.ReadRequest();
    if (++waiting == kRequests) all_here.set_value();
    go.wait();  // no request is answered before all have come
    peer.Write(kOk);
  });
  const auto transport = Connect(server);
  int fine = 0;
  const auto one = [&]() -> Task<void> {
    Request request{.target = "/"};
    const Result<Response> response = co_await transport->Send(std::move(request), std::stop_token());
    if (response.ok() && std::this_thread::get_id() == LoopThread::Get().id()) ++fine;
  };
  LoopThread::Get().Run([&] {
    std::vector<Task<void>> requests;
    for (int i = 0; i < kRequests; ++i) requests.push_back(one());
    return WhenAll(std::move(requests));
  });
  EXPECT_EQ(fine, kRequests);
}

TEST_F(CpprestTransportTest, DoesNotFollowRedirects) {
  const LoopbackServer elsewhere(Always(std::string(kOk)));
  const auto response =
      SendTo(Always("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + std::to_string(elsewhere.port()) +
                    "/\r\nContent-Length: 0\r\n\r\n"));
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->status, 302);
  EXPECT_THAT(response->headers.at("Location"), StartsWith("http://127.0.0.1:"));
  EXPECT_EQ(elsewhere.connections(), 0);
}

// What the server breaks.

TEST_F(CpprestTransportTest, ABodyThatBreaksOffIsAnError) {
  for (const std::string answer : {
           "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nonly this",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\n",
       }) {
    const auto response = SendTo(Once(answer));
    ASSERT_FALSE(response.ok()) << answer << " was taken for whole: " << response->body;
    EXPECT_EQ(response.error().code, ErrorCode::kUnavailable) << response.error().message;
  }
}

TEST_F(CpprestTransportTest, AnAnswerThatIsNoHttpIsAnError) {
  for (const std::string answer : {"", "\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
                                   "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Len"}) {
    const auto response = SendTo(Once(answer));
    ASSERT_FALSE(response.ok()) << answer;
    EXPECT_EQ(response.error().code, ErrorCode::kUnavailable) << response.error().message;
    EXPECT_THAT(response.error().message, HasSubstr("http://127.0.0.1:")) << answer;
  }
}

TEST_F(CpprestTransportTest, ARefusedConnectionIsNamed) {
  const std::string url = "http://127.0.0.1:" + std::to_string(UnusedPort());
  const auto response = Send(*Connect(url), {.target = "/"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr(url));
}

TEST_F(CpprestTransportTest, AnUnknownHostIsNamed) {
  const auto response = Send(*Connect("http://no-such-host.invalid:9090"), {.target = "/"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message, HasSubstr("no-such-host.invalid"));
}

TEST_F(CpprestTransportTest, ATargetThatCannotBeSentIsRefused) {
  const auto response = SendTo(Always(std::string(kOk)), {.target = "/a b"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument);
}

// Bounds.

TEST_F(CpprestTransportTest, ABodyMayBeAsLargeAsAllowedAndNoLarger) {
  const std::string sized = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n";
  for (const std::string& answer : {sized, chunked}) {
    EXPECT_TRUE(SendTo(Once(answer), {.target = "/", .max_body_bytes = 10}).ok());
    const auto larger = SendTo(Once(answer), {.target = "/", .max_body_bytes = 9});
    ASSERT_FALSE(larger.ok());
    EXPECT_EQ(larger.error().code, ErrorCode::kResourceExhausted);
    EXPECT_THAT(larger.error().message, HasSubstr("larger than 9 bytes"));
  }
}

TEST_F(CpprestTransportTest, ABodyThatOutrunsItsReaderIsCutOff) {
  std::promise<void> far_ahead;
  const LoopbackServer server([&](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 64; ++i) peer.Write("10000\r\n" + std::string(0x10000, 'x') + "\r\n");
    far_ahead.set_value();
    peer.WaitForHangup();
  });
  const auto transport = Connect(server);
  auto opened = Open(*transport, {.target = "/", .max_body_bytes = size_t{1} << 20});
  ASSERT_TRUE(opened.ok());
  far_ahead.get_future().wait();
  Result<std::string> bytes = std::string("x");
  while (bytes.ok() && !bytes->empty()) bytes = Read(*opened);
  ASSERT_FALSE(bytes.ok()) << "the body came to its end";
  EXPECT_EQ(bytes.error().code, ErrorCode::kResourceExhausted);
}

TEST_F(CpprestTransportTest, ABodyWithoutAnEndIsCutOff) {
  const auto response = SendTo(
      [](PeerConnection& peer) {
        peer.ReadRequest();
        peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        while (peer.Write("400\r\n" + std::string(0x400, 'x') + "\r\n")) {
        }
      },
      {.target = "/", .max_body_bytes = size_t{1} << 20});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kResourceExhausted);
}

// Deadlines. The servers wait for the client to hang up, so each test also shows that it does.

TEST_F(CpprestTransportTest, NoAnswerMeetsTheDeadline) {
  const auto response = SendTo(ThenSilence(""), {.target = "/", .timeout = kShort});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("http://127.0.0.1:"), HasSubstr("within 100ms")));
}

TEST_F(CpprestTransportTest, SilenceInTheHeadMeetsTheDeadline) {
  const auto response = SendTo(ThenSilence("HTTP/1.1 200 OK\r\nContent-"), {.target = "/", .timeout = kShort});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(CpprestTransportTest, SilenceInTheBodyMeetsTheDeadline) {
  const auto response = SendTo(ThenSilence("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
                               {.target = "/", .timeout = kShort});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("http://127.0.0.1:"), HasSubstr("within 100ms")));
}

TEST_F(CpprestTransportTest, ADripOfBytesDoesNotExtendTheDeadline) {
  const auto response = SendTo(
      [](PeerConnection& peer) {
        peer.ReadRequest();
        peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        do {
          peer.Write("1\r\nx\r\n");
        } while (!peer.WaitForHangup(kShort / 10));
      },
      {.target = "/", .timeout = kShort});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kDeadlineExceeded);
}

// Cancellation.

TEST_F(CpprestTransportTest, AStopBeforeTheRequestSendsNothing) {
  const LoopbackServer server(Always(std::string(kOk)));
  std::stop_source stop;
  stop.request_stop();
  const auto response = Send(*Connect(server), {.target = "/"}, stop.get_token());
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(CpprestTransportTest, AStopWhileWaitingForTheAnswerHangsUp) {
  std::stop_source stop;
  const LoopbackServer server([&stop](PeerConnection& peer) {
    peer.ReadRequest();
    stop.request_stop();
    peer.WaitForHangup();
  });
  const auto response = Send(*Connect(server), {.target = "/"}, stop.get_token());
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kCancelled);
}

TEST_F(CpprestTransportTest, AStopInTheMiddleOfTheBodyHangsUp) {
  std::stop_source stop;
  std::promise<void> hung_up;
  const LoopbackServer server([&](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
    peer.WaitForHangup();
    hung_up.set_value();
  });
  const auto transport = Connect(server);
  auto response = Open(*transport, {.target = "/"}, stop.get_token());
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(*Read(*response), "only this");
  std::thread stopper([&stop] { stop.request_stop(); });
  const auto rest = Read(*response);
  stopper.join();
  ASSERT_FALSE(rest.ok());
  EXPECT_EQ(rest.error().code, ErrorCode::kCancelled);
  hung_up.get_future().wait();
  EXPECT_EQ(Read(*response).error().code, ErrorCode::kCancelled);
}

TEST_F(CpprestTransportTest, AStopBetweenTwoReadsHangsUpAtTheNext) {
  std::stop_source stop;
  std::promise<void> hung_up;
  const LoopbackServer server([&](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n");
    peer.WaitForHangup();
    hung_up.set_value();
  });
  const auto transport = Connect(server);
  auto response = Open(*transport, {.target = "/"}, stop.get_token());
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(*Read(*response), "only this");
  stop.request_stop();
  const auto rest = Read(*response);
  ASSERT_FALSE(rest.ok());
  EXPECT_EQ(rest.error().code, ErrorCode::kCancelled);
  hung_up.get_future().wait();
}

// Streams.

TEST_F(CpprestTransportTest, AStreamDeliversEachChunkAtOnce) {
  // Each chunk is written only after the client has shown that it has the one before.
  std::array<std::promise<void>, 2> wanted;
  const LoopbackServer server([&wanted](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    wanted[0].get_future().wait();
    peer.Write("4\r\none\n\r\n");
    wanted[1].get_future().wait();
    peer.Write("4\r\ntwo\n\r\n0\r\n\r\n");
    peer.WaitForHangup();
  });
  const auto transport = Connect(server);
  auto response = Open(*transport, {.target = "/"});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->head.status, 200);
  wanted[0].set_value();
  EXPECT_EQ(*Read(*response), "one\n");
  wanted[1].set_value();
  EXPECT_EQ(*Read(*response), "two\n");
  EXPECT_EQ(*Read(*response), "");
  EXPECT_EQ(*Read(*response), "");  // the end stays the end
}

TEST_F(CpprestTransportTest, AStreamThatBreaksOffIsAnErrorAfterWhatHasCome) {
  const LoopbackServer server(Once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n"));
  const auto transport = Connect(server);
  auto response = Open(*transport, {.target = "/"});
  ASSERT_TRUE(response.ok()) << response.error().message;
  const auto chunk = Read(*response);
  if (!chunk) return;  // the end may overtake what has come
  EXPECT_EQ(*chunk, "one\n");
  const auto rest = Read(*response);
  ASSERT_FALSE(rest.ok());
  EXPECT_EQ(rest.error().code, ErrorCode::kUnavailable);
}

TEST_F(CpprestTransportTest, ASilentStreamMeetsItsDeadlineAndHangsUp) {
  const LoopbackServer server(ThenSilence("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  const auto transport = Connect(server);
  auto response = Open(*transport, {.target = "/", .timeout = kShort});
  ASSERT_TRUE(response.ok()) << response.error().message;
  const auto chunk = Read(*response);
  ASSERT_FALSE(chunk.ok());
  EXPECT_EQ(chunk.error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(CpprestTransportTest, AStreamThatIsDroppedHangsUp) {
  std::promise<void> hung_up;
  const LoopbackServer server([&hung_up](PeerConnection& peer) {
    peer.ReadRequest();
    peer.Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n");
    peer.WaitForHangup();
    hung_up.set_value();
  });
  const auto transport = Connect(server);
  LoopThread::Get().Run([&]() -> Task<void> {
    Request request{.target = "/"};
    const Result<StreamingResponse> response = co_await transport->Open(std::move(request), std::stop_token());
    EXPECT_TRUE(response.ok());
  });
  hung_up.get_future().wait();
}

// TLS. The certificates are for "localhost", which every machine resolves.

class TlsTest : public CpprestTransportTest {
 protected:
  static TlsOptions Trusting(const TestAuthority& authority) {
    TlsOptions options;
    options.ca_pem = authority.certificate_pem();
    return options;
  }
  static std::string Url(const LoopbackServer& server, const std::string& host = "localhost") {
    return "https://" + host + ":" + std::to_string(server.port());
  }
  ServerTls Tls(const std::string& subject_alt_name = "DNS:localhost") const {
    return {.identity = authority_.Issue("server", subject_alt_name)};
  }

  const TestAuthority authority_{"the test's authority"};
};

TEST_F(TlsTest, TrustsTheGivenAuthority) {
  const LoopbackServer server(Always(std::string(kOk)), Tls());
  const auto transport = Connect(Url(server), Trusting(authority_));
  const auto response = Send(*transport, {.target = "/"});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(response->body, "ok");
}

TEST_F(TlsTest, TrustsNoOtherAuthority) {
  const LoopbackServer server(Always(std::string(kOk)), Tls());
  const TestAuthority other("somebody else's authority");
  for (const TlsOptions& options : {TlsOptions(), Trusting(other)}) {
    const auto response = Send(*Connect(Url(server), options), {.target = "/"});
    ASSERT_FALSE(response.ok());
    EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(response.error().message, AllOf(HasSubstr("the server's certificate was refused: "),
                                                HasSubstr("certificate"), HasSubstr(Url(server))));
  }
}

TEST_F(TlsTest, RefusesACertificateForAnotherName) {
  const LoopbackServer server(Always(std::string(kOk)), Tls("DNS:prometheus.example"));
  const auto response = Send(*Connect(Url(server), Trusting(authority_)), {.target = "/"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(response.error().message, HasSubstr("the server's certificate was refused: "));
}

TEST_F(TlsTest, VerifiesTheServerNameInsteadOfTheHostIfGiven) {
  const LoopbackServer server(Always(std::string(kOk)), Tls("DNS:prometheus.example"));
  TlsOptions options = Trusting(authority_);
  options.server_name = "prometheus.example";
  EXPECT_TRUE(Send(*Connect(Url(server), options), {.target = "/"}).ok());
  options.server_name = "another.example";
  EXPECT_FALSE(Send(*Connect(Url(server), options), {.target = "/"}).ok());
}

TEST_F(TlsTest, AcceptsACertificateForAnIpAddress) {
  const LoopbackServer server(Always(std::string(kOk)), Tls("IP:127.0.0.1"));
  const auto response = Send(*Connect(Url(server, "127.0.0.1"), Trusting(authority_)), {.target = "/"});
  EXPECT_TRUE(response.ok()) << response.error().message;
}

TEST_F(TlsTest, VerifiesNothingIfToldSo) {
  const LoopbackServer server(Always(std::string(kOk)), Tls("DNS:prometheus.example"));
  TlsOptions options;
  options.insecure_skip_verify = true;
  const auto response = Send(*Connect(Url(server), options), {.target = "/"});
  EXPECT_TRUE(response.ok()) << response.error().message;
}

TEST_F(TlsTest, PresentsTheClientCertificate) {
  ServerTls tls = Tls();
  tls.client_ca_pem = authority_.certificate_pem();
  std::promise<std::string> name;
  const LoopbackServer server(
      [&name](PeerConnection& peer) {
        name.set_value(peer.ClientName());
        peer.ReadRequest();
        peer.Write(kOk);
      },
      tls);
  const Identity client = authority_.Issue("the operator");
  TlsOptions options = Trusting(authority_);
  options.client_certificate_pem = client.certificate_pem;
  options.client_key_pem = client.key_pem;
  const auto response = Send(*Connect(Url(server), options), {.target = "/"});
  EXPECT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(name.get_future().get(), "the operator");
}

TEST_F(TlsTest, AServerThatWantsAClientCertificateIsNotBlamedForItsOwn) {
  ServerTls tls = Tls();
  tls.client_ca_pem = authority_.certificate_pem();
  const LoopbackServer server(Always(std::string(kOk)), tls);
  const auto response = Send(*Connect(Url(server), Trusting(authority_)), {.target = "/"});
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(response.error().message, Not(HasSubstr("certificate was refused")));
}

TEST_F(TlsTest, AServerThatSpeaksNoTlsIsNamed) {
  const LoopbackServer server([](PeerConnection& peer) { peer.Write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  const auto response = Send(*Connect(Url(server), Trusting(authority_)), {.target = "/"});
  ASSERT_FALSE(response.ok());
  EXPECT_THAT(response.error().message, HasSubstr(Url(server)));
}

TEST_F(TlsTest, AStreamDeliversOverTls) {
  const LoopbackServer server(ThenSilence("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n"),
                              Tls());
  const auto transport = Connect(Url(server), Trusting(authority_));
  auto response = Open(*transport, {.target = "/"});
  ASSERT_TRUE(response.ok()) << response.error().message;
  EXPECT_EQ(*Read(*response), "one\n");
}

TEST_F(TlsTest, UnusableMaterialIsRefusedAtOnceAndNeverShown) {
  const Identity one = authority_.Issue("one");
  const Identity two = authority_.Issue("two");
  struct Case {
    std::string ca, certificate, key, why;
  };
  const Case cases[] = {
      {"not a PEM", "", "", "certificate authority holds no PEM certificate"},
      {"", "not a PEM", one.key_pem, "client certificate holds no PEM certificate"},
      {"", one.certificate_pem, "s3cret", "no unencrypted PEM private key"},
      {"", one.certificate_pem, two.key_pem, "does not belong"},
  };
  for (const Case& c : cases) {
    TlsOptions options;
    options.ca_pem = c.ca;
    options.client_certificate_pem = c.certificate;
    options.client_key_pem = c.key;
    const auto transport = CpprestTransport::Create(loop(), *ParseUrl("https://localhost"), options);
    ASSERT_FALSE(transport.ok());
    EXPECT_EQ(transport.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(transport.error().message,
                AllOf(HasSubstr(c.why), Not(HasSubstr("s3cret")), Not(HasSubstr("PRIVATE"))));
  }
}

}  // namespace
}  // namespace dso::http
