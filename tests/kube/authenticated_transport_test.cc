#include "kube/authenticated_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/kube/kubeconfig_test_files.h"
#include "tests/support/fake_transport.h"

namespace dso::kube {
namespace {

using http::FakeReply;
using http::FakeTransport;
using http::Request;
using http::Respond;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string Pem(const std::string& content) { return "-----BEGIN CERTIFICATE-----\n" + content + "\n"; }

// Gives out credentials from a list; a refused one makes way for the next.
class ListedTokens final : public TokenSource {
 public:
  explicit ListedTokens(std::vector<Credential> credentials) : credentials_(std::move(credentials)) {}
  Task<Result<Credential>> Get(std::stop_token) override {
    if (next_ == credentials_.size()) co_return Error{ErrorCode::kUnauthenticated, "the plugin has failed"};
    co_return credentials_[next_];
  }
  void Invalidate(const Credential& rejected) override { next_ += credentials_[next_] == rejected ? 1 : 0; }

 private:
  std::vector<Credential> credentials_;
  size_t next_ = 0;
};

class Authenticated : public testing::Test {
 protected:
  void SetUp() override { directory_.Write("ca", Pem("one")); }

  // A server that accepts one Authorization header.
  void Connect(std::vector<Credential> credentials, std::string accepted) {
    tokens_ = new ListedTokens(std::move(credentials));
    auto created = AuthenticatedTransport::Create(
        loop_, TlsSource{.ca = {.origin = "the CA", .file = directory_ / "ca"}}, std::unique_ptr<TokenSource>(tokens_),
        [this, accepted](const http::TlsOptions& tls) -> Result<std::shared_ptr<http::HttpTransport>> {
          if (tls.ca_pem == Pem("unusable")) return InvalidArgument("the certificate authority holds no certificate");
          if (tls.client_certificate_pem == Pem("unusable"))
            return InvalidArgument("the client certificate is unusable");
          built_for_.push_back(tls);
          auto transport = std::make_shared<FakeTransport>(loop_, [this, accepted](const Request& request) {
            const auto header = request.headers.find("Authorization");
            seen_.push_back(header == request.headers.end() ? "none" : header->second);
            FakeReply reply = Respond(seen_.back() == accepted ? 200 : 401, request.body);
            if (reply.response.status == 200 && request.target == "/watch") reply.live_body = live_;
            return reply;
          });
          transports_.push_back(transport);
          return std::shared_ptr<http::HttpTransport>(transport);
        });
    ASSERT_TRUE(created.ok()) << created.error().message;
    transport_ = *std::move(created);
  }
  Result<http::Response> Send() { return RunTask(loop_, transport_->Send({.target = "/x", .body = "body"}, {})); }
  Result<http::StreamingResponse> Open(std::string target) {
    return RunTask(loop_, transport_->Open({.target = std::move(target)}, {}));
  }

  const TempDir directory_;
  FakeLoop loop_;
  std::vector<http::TlsOptions> built_for_;
  std::vector<std::weak_ptr<FakeTransport>> transports_;
  std::vector<std::string> seen_;  // Authorization headers
  std::shared_ptr<http::LiveBody> live_ = std::make_shared<http::LiveBody>();
  ListedTokens* tokens_ = nullptr;
  std::unique_ptr<AuthenticatedTransport> transport_;
};

TEST_F(Authenticated, AddsTheHeader) {
  Connect({{.authorization = "Bearer a"}}, "Bearer a");
  const Result<http::Response> response = Send();
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "body");
  EXPECT_THAT(seen_, ElementsAre("Bearer a"));
}

TEST_F(Authenticated, SendsNoHeaderForNobody) {
  Connect({{}}, "none");
  EXPECT_EQ(Send()->status, 200);
  EXPECT_EQ(Open("/y")->head.status, 200);
}

TEST_F(Authenticated, TriesOnceMoreAfterA401) {
  Connect({{.authorization = "Bearer old"}, {.authorization = "Bearer new"}}, "Bearer new");
  const Result<http::Response> response = Send();
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "body");
  EXPECT_THAT(seen_, ElementsAre("Bearer old", "Bearer new"));
}

TEST_F(Authenticated, OpensOnceMoreAfterA401) {
  Connect({{.authorization = "Bearer old"}, {.authorization = "Bearer new"}}, "Bearer new");
  EXPECT_EQ(Open("/y")->head.status, 200);
  EXPECT_THAT(seen_, ElementsAre("Bearer old", "Bearer new"));
}

TEST_F(Authenticated, GivesUpAfterTheSecond401) {
  Connect({{.authorization = "a"}, {.authorization = "b"}, {.authorization = "c"}, {.authorization = "d"}}, "Bearer x");
  EXPECT_EQ(Send()->status, 401);
  EXPECT_THAT(seen_, ElementsAre("a", "b"));
  EXPECT_EQ(Open("/y")->head.status, 401);
  EXPECT_THAT(seen_, ElementsAre("a", "b", "b", "c"));
}

TEST_F(Authenticated, DoesNotRepeatItselfWithTheSameCredential) {
  Connect({{.authorization = "Bearer same"}, {.authorization = "Bearer same"}}, "Bearer other");
  EXPECT_EQ(Send()->status, 401);
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(Authenticated, SaysWhyThereIsNoCredential) {
  Connect({{.authorization = "Bearer old"}}, "Bearer new");
  EXPECT_EQ(Send().error().message, "the plugin has failed");
  EXPECT_EQ(Open("/y").error().code, ErrorCode::kUnauthenticated);
}

TEST_F(Authenticated, FollowsTheFilesWithinAMinute) {
  Connect({{}}, "none");
  EXPECT_TRUE(Send().ok());
  directory_.Write("ca", Pem("two"));
  EXPECT_TRUE(Send().ok());
  EXPECT_EQ(built_for_.size(), 1u);
  loop_.Advance(kCredentialFileMaxAge);
  EXPECT_TRUE(Send().ok());
  ASSERT_EQ(built_for_.size(), 2u);
  EXPECT_EQ(built_for_.back().ca_pem, Pem("two"));
  EXPECT_TRUE(transports_.front().expired());
  loop_.Advance(kCredentialFileMaxAge);
  EXPECT_TRUE(Send().ok());
  EXPECT_EQ(built_for_.size(), 2u);
}

TEST_F(Authenticated, ReadsTheFilesAnewAfterA401) {
  Connect({{.authorization = "Bearer same"}, {.authorization = "Bearer same"}}, "Bearer other");
  directory_.Write("ca", Pem("two"));
  EXPECT_EQ(Send()->status, 401);
  EXPECT_EQ(built_for_.back().ca_pem, Pem("two"));
  EXPECT_EQ(seen_.size(), 2u);  // tried again: the client's certificate may have been the reason
}

TEST_F(Authenticated, AnOpenStreamOutlivesARotation) {
  Connect({{}}, "none");
  Result<http::StreamingResponse> watch = Open("/watch");
  ASSERT_TRUE(watch.ok());
  directory_.Write("ca", Pem("two"));
  loop_.Advance(kCredentialFileMaxAge);
  EXPECT_TRUE(Send().ok());
  ASSERT_EQ(transports_.size(), 2u);
  EXPECT_FALSE(transports_.front().expired());
  live_->Push("event");
  EXPECT_EQ(*RunTask(loop_, watch->body->Read()), "event");
  watch->body.reset();
  EXPECT_TRUE(transports_.front().expired());
}

TEST_F(Authenticated, KeepsTheLastGoodCertificatesAndWarnsOnceForEachReason) {
  Connect({{}}, "none");
  testing::internal::CaptureStderr();
  for (const std::string& content : {kSecret, kSecret + "2", Pem("unusable"), Pem("unusable")}) {
    directory_.Write("ca", content);
    loop_.Advance(kCredentialFileMaxAge);
    EXPECT_EQ(Send()->status, 200);
    EXPECT_EQ(Send()->status, 200);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
  EXPECT_THAT(log, Not(HasSubstr(kSecret)));
  directory_.Write("ca", Pem("two"));
  loop_.Advance(kCredentialFileMaxAge);
  EXPECT_EQ(Send()->status, 200);
  EXPECT_EQ(built_for_.back().ca_pem, Pem("two"));
}

TEST_F(Authenticated, UsesThePluginsCertificate) {
  Connect({{.client_certificate_pem = Pem("c"), .client_key_pem = "k"}}, "none");
  EXPECT_EQ(Send()->status, 200);
  EXPECT_EQ(built_for_.back().client_certificate_pem, Pem("c"));
  EXPECT_EQ(built_for_.back().client_key_pem, "k");
  EXPECT_EQ(built_for_.back().ca_pem, Pem("one"));
  EXPECT_EQ(Send()->status, 200);
  EXPECT_EQ(built_for_.size(), 2u);
}

TEST_F(Authenticated, DoesNotGoWithoutAnUnusableCertificateOfAPlugin) {
  Connect({{.client_certificate_pem = Pem("unusable"), .client_key_pem = kSecret}}, "none");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(Send().error().code, ErrorCode::kUnauthenticated);
    EXPECT_EQ(Send().error().message, "the client certificate is unusable");
  }
  EXPECT_TRUE(seen_.empty());
}

TEST_F(Authenticated, RefusesToStartWithoutItsFiles) {
  ClusterAccess access;
  access.tls.ca = {.origin = "cluster \"k\" of /etc/config: certificate-authority", .file = directory_ / "missing"};
  const auto created = AuthenticatedTransport::Create(loop_, access);
  ASSERT_FALSE(created.ok());
  EXPECT_THAT(created.error().message, HasSubstr("cluster \"k\" of /etc/config: certificate-authority"));
}

TEST_F(Authenticated, RefusesToStartWithUnusableCertificates) {
  ClusterAccess access;
  access.server = *http::ParseUrl("https://localhost:1");
  access.tls.ca = {.origin = "ca", .file = directory_.Write("ca", Pem("not a certificate"))};
  EXPECT_EQ(AuthenticatedTransport::Create(loop_, access).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace dso::kube
