#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/rpc/server_fixture.h"

namespace dso::rpc {
namespace {

namespace v1 = deepseek::forecast::v1;
using test::View;
using testing::HasSubstr;

// Authorities, a server and clients, made by openssl.
class Certificates {
 public:
  Certificates() {
    char name[] = "/tmp/rpc-certificates-XXXXXX";
    directory_ = ::mkdtemp(name);
    Authority("ca");
    Authority("foreign-ca");
  }
  ~Certificates() { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return (directory_ / name).string(); }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name));
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void Authority(const std::string& name) const {
    Run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " +
        Path(name + ".key") + " -out " + Path(name + ".crt"));
  }
  // NAME.crt and NAME.key, put there at once.
  void Issue(const std::string& name, const std::string& subject, const std::string& authority = "ca",
             const std::string& days = "2") const {
    const std::string request = Path(name + ".csr");
    std::ofstream(Path("extensions")) << "subjectAltName=IP:127.0.0.1,DNS:localhost\n";
    Run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '" + subject + "' -keyout " +
        Path(name + ".key.new") + " -out " + request);
    Run("x509 -req -in " + request + " -CA " + Path(authority + ".crt") + " -CAkey " + Path(authority + ".key") +
        " -CAcreateserial -days " + days + " -extfile " + Path("extensions") + " -out " + Path(name + ".crt.new"));
    std::filesystem::rename(Path(name + ".key.new"), Path(name + ".key"));
    std::filesystem::rename(Path(name + ".crt.new"), Path(name + ".crt"));
  }

 private:
  static void Run(const std::string& arguments) {
    ASSERT_EQ(std::system(("openssl " + arguments + " >/dev/null 2>&1").c_str()), 0) << arguments;
  }
  std::filesystem::path directory_;
};

class GateTest : public test::ServerTest {
 protected:
  void StartWithTls(bool client_certificates = true) {
    files_.Issue("server", "/CN=deepseek-operator");
    ServerOptions options{.listen_address = {}};
    options.tls = ServerTls{.cert_file = files_.Path("server.crt"), .key_file = files_.Path("server.key")};
    if (client_certificates) options.tls->client_ca_file = files_.Path("ca.crt");
    board_.Publish(View("prod", "chat", 2));
    Start(options);
  }

  std::shared_ptr<grpc::Channel> SecureChannel(const std::string& client = "", const std::string& authority = "ca") {
    grpc::SslCredentialsOptions ssl{.pem_root_certs = files_.Read(authority + ".crt"),
                                    .pem_private_key = client.empty() ? "" : files_.Read(client + ".key"),
                                    .pem_cert_chain = client.empty() ? "" : files_.Read(client + ".crt")};
    grpc::ChannelArguments arguments;
    arguments.SetInt("channel", ++channels_);  // a connection of its own
    return grpc::CreateCustomChannel(address(), grpc::SslCredentials(ssl), arguments);
  }
  static grpc::Status Explain(const std::shared_ptr<grpc::Channel>& channel, const std::string& token = "",
                              const std::string& ns = "prod") {
    grpc::ClientContext context;
    SetDeadline(context);
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    v1::ExplainRequest request;
    request.set_namespace_(ns);
    request.set_service("chat");
    v1::ExplainResponse response;
    return v1::ForecastService::NewStub(channel)->Explain(&context, request, &response);
  }

  Certificates files_;
  int channels_ = 0;
};

TEST_F(GateTest, WithTlsWhoIsNobodyMaySeeNothing) {
  StartWithTls();
  const grpc::Status status = Explain(SecureChannel());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("Bearer"));
  EXPECT_EQ(Explain(SecureChannel(), "no such token").error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Explain(Channel()).error_code(), grpc::StatusCode::UNAVAILABLE);  // in clear text
}

TEST_F(GateTest, ATokenIsReviewedOnceAndItsRightsAreThoseOfTheNamespace) {
  reviewer_.tokens["secret"] = "ada";
  reviewer_.rights.insert("ada get prod/chat");
  board_.Publish(View("other", "chat", 2));
  StartWithTls();
  const auto channel = SecureChannel();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Explain(channel, "secret").ok());
  EXPECT_EQ(reviewer_.token_reviews, 1);
  EXPECT_EQ(reviewer_.access_reviews, 1);
  const grpc::Status elsewhere = Explain(channel, "secret", "other");
  EXPECT_EQ(elsewhere.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(elsewhere.error_message(), HasSubstr("ada may not get"));
  // What does not exist and what may not be seen look alike.
  EXPECT_EQ(Explain(channel, "secret", "none").error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(GateTest, AClientCertificateNamesAUser) {
  reviewer_.rights.insert("keda-operator get prod/chat");
  StartWithTls();
  files_.Issue("client", "/O=scalers/CN=keda-operator");
  EXPECT_TRUE(Explain(SecureChannel("client")).ok());
  files_.Issue("other", "/O=scalers/CN=somebody");
  EXPECT_EQ(Explain(SecureChannel("other")).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  files_.Issue("nameless", "/O=scalers");
  EXPECT_EQ(Explain(SecureChannel("nameless")).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(reviewer_.token_reviews, 0);
}

TEST_F(GateTest, ACertificateOfAForeignAuthorityIsNoCertificate) {
  reviewer_.rights.insert("keda-operator get prod/chat");
  StartWithTls();
  files_.Issue("client", "/CN=keda-operator", "foreign-ca");
  EXPECT_EQ(Explain(SecureChannel("client")).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Explain(SecureChannel("", "foreign-ca")).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(GateTest, WithoutAClientAuthorityACertificateNamesNobody) {
  reviewer_.rights.insert("keda-operator get prod/chat");
  StartWithTls(false);
  files_.Issue("client", "/CN=keda-operator");
  EXPECT_EQ(Explain(SecureChannel("client")).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(GateTest, AnApiServerThatIsAwayIsNoRefusal) {
  reviewer_.tokens["secret"] = "ada";
  reviewer_.rights.insert("ada get prod/chat");
  reviewer_.error = Error{ErrorCode::kUnavailable, "no route"};
  StartWithTls();
  const auto channel = SecureChannel();
  EXPECT_EQ(Explain(channel, "secret").error_code(), grpc::StatusCode::UNAVAILABLE);
  {
    const std::lock_guard lock(reviewer_.mutex);
    reviewer_.error.reset();
  }
  EXPECT_TRUE(Explain(channel, "secret").ok());
  {
    const std::lock_guard lock(reviewer_.mutex);
    reviewer_.error = Error{ErrorCode::kUnavailable, "no route"};
  }
  EXPECT_TRUE(Explain(channel, "secret").ok());  // remembered
}

TEST_F(GateTest, NewCertificatesAreServedWithoutARestart) {
  reviewer_.tokens["secret"] = "ada";
  reviewer_.rights.insert("ada get prod/chat");
  StartWithTls();
  EXPECT_TRUE(Explain(SecureChannel(), "secret").ok());
  files_.Issue("server", "/CN=deepseek-operator", "foreign-ca");
  grpc::Status status;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(40);
  do {
    status = Explain(SecureChannel("", "foreign-ca"), "secret");
  } while (!status.ok() && std::chrono::steady_clock::now() < until);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(GateTest, FilesThatMakeNoSenseAreToldAtTheStart) {
  files_.Issue("server", "/CN=a");
  files_.Issue("other", "/CN=b");
  std::ofstream(files_.Path("empty")) << "\n";
  const auto refusal = [&](const std::string& cert, const std::string& key, const std::string& ca) {
    ServerOptions options{.listen_address = "127.0.0.1:0"};
    options.tls = ServerTls{files_.Path(cert), files_.Path(key), ca.empty() ? "" : files_.Path(ca)};
    auto server = Server::Create(loop_, options, board_, forecast_, reviewer_, [](auto, auto) {});
    return server ? "" : server.error().message;
  };
  EXPECT_THAT(refusal("server.crt", "other.key", ""), HasSubstr("does not belong"));
  EXPECT_THAT(refusal("none", "server.key", ""), HasSubstr("rpc.tls.certFile"));
  EXPECT_THAT(refusal("empty", "server.key", ""), HasSubstr("no PEM certificate"));
  EXPECT_THAT(refusal("server.crt", "empty", ""), HasSubstr("no unencrypted PEM private key"));
  EXPECT_THAT(refusal("server.crt", "server.key", "empty"), HasSubstr("rpc.tls.clientCaFile"));
}

TEST(ServerOptions, ClearTextStaysOnTheLoopbackInterface) {
  for (const char* address : {"127.0.0.1:9090", "localhost:9090", "[::1]:9090", "127.1.2.3:1"}) {
    EXPECT_TRUE(Validate({.listen_address = address}).ok()) << address;
  }
  for (const char* address : {"0.0.0.0:9090", "10.1.2.3:9090", "[::]:9090", "[fe80::1]:9090", "", ":9090", "9090",
                              "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x", "127.evil.com:80",
                              "unix:/tmp/socket", "localhost.evil.com:80"}) {
    EXPECT_FALSE(Validate({.listen_address = address}).ok()) << address;
  }
}

}  // namespace
}  // namespace dso::rpc
