#include "kube/exec_plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "tests/kube/kubeconfig_test_files.h"

namespace dso::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kV1 = "client.authentication.k8s.io/v1";

std::string Answer(const std::string& status) {
  return R"({"apiVersion":")" + std::string(kV1) + R"(","kind":"ExecCredential","status":)" + status + "}";
}

TEST(ParseExecCredential, ReadsTokensAndCertificates) {
  const Result<ExecCredential> token =
      ParseExecCredential(Answer(R"({"token":"abc","expirationTimestamp":"2026-01-01T00:10:00Z"})"), kV1);
  ASSERT_TRUE(token.ok()) << token.error().message;
  EXPECT_EQ(token->token, "abc");
  EXPECT_EQ(FormatTime(*token->expires), "2026-01-01T00:10:00Z");
  const Result<ExecCredential> certificate =
      ParseExecCredential(Answer(R"({"token":null,"clientCertificateData":"c","clientKeyData":"k"})"), kV1);
  ASSERT_TRUE(certificate.ok()) << certificate.error().message;
  EXPECT_EQ(certificate->token, "");
  EXPECT_EQ(certificate->client_certificate_pem, "c");
  EXPECT_EQ(certificate->client_key_pem, "k");
  EXPECT_FALSE(certificate->expires.has_value());
}

TEST(ParseExecCredential, SaysWhatIsWrongWithoutRepeatingIt) {
  const std::pair<std::string, std::string> refusals[] = {
      {"", "no ExecCredential"},
      {kSecret, "no ExecCredential"},
      {"[\"" + kSecret + "\"]", "no ExecCredential"},
      {R"({"kind":")" + kSecret + R"("})", "no ExecCredential"},
      {R"({"kind":"ExecCredential","apiVersion":")" + kSecret + R"("})", "apiVersion is not client"},
      {Answer("\"" + kSecret + "\""), "without status"},
      {Answer("{}"), "neither status.token"},
      {Answer(R"({"token":["s3cr3t-0f-the-test"]})"), "not text"},
      {Answer(R"({"token":"s3cr3t-0f-the-test\r\nX-Evil: 1"})"), "HTTP header cannot carry"},
      {Answer(R"({"clientKeyData":"s3cr3t-0f-the-test"})"), "only one of"},
      {Answer(R"({"token":"a","expirationTimestamp":"s3cr3t-0f-the-test"})"), "expirationTimestamp"}};
  for (const auto& [output, part] : refusals) {
    const Result<ExecCredential> credential = ParseExecCredential(output, kV1);
    ASSERT_FALSE(credential.ok()) << output;
    EXPECT_THAT(credential.error().message, HasSubstr(part));
    EXPECT_THAT(credential.error().message, Not(HasSubstr(kSecret)));
  }
}

TEST(ExecInfo, TellsAboutTheClusterOnlyIfAsked) {
  ExecConfig config{.origin = "user", .command = "p", .api_version = kV1};
  EXPECT_EQ(*ExecInfo(config), R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",)"
                               R"("spec":{"interactive":false}})");
  config.cluster = ExecCluster{.server = "https://api",
                               .tls = {.ca = {.origin = "ca", .pem = "-----BEGIN X"}, .server_name = "sni"},
                               .config = {{"a", 1}}};
  EXPECT_EQ(*ExecInfo(config),
            R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":{)"
            R"("certificate-authority-data":"LS0tLS1CRUdJTiBY","config":{"a":1},"server":"https://api",)"
            R"("tls-server-name":"sni"},"interactive":false}})");
}

class RunExecPlugin : public testing::Test {
 protected:
  ExecConfig Script(const std::string& text) const {
    return {
        .origin = "user \"u\" of /etc/config", .command = directory_.WriteScript("plugin", text), .api_version = kV1};
  }
  Result<ExecCredential> Run(ExecConfig config, milliseconds time_limit = kExecTimeLimit) {
    ExecPlugin plugin(loop_, std::move(config), time_limit);
    return Await(loop_, plugin.Run());
  }
  std::string Failure(const std::string& script, milliseconds time_limit = kExecTimeLimit) {
    const Result<ExecCredential> credential = Run(Script(script), time_limit);
    if (credential.ok()) return "no failure";
    EXPECT_EQ(credential.error().code, ErrorCode::kUnauthenticated);
    EXPECT_THAT(credential.error().message, HasSubstr("user \"u\" of /etc/config: "));
    EXPECT_THAT(credential.error().message, HasSubstr((directory_ / "plugin").string()));
    EXPECT_THAT(credential.error().message, Not(HasSubstr(kSecret)));
    return credential.error().message;
  }

  const TempDir directory_;
  FakeLoop loop_;
};

TEST_F(RunExecPlugin, GivesArgumentsEnvironmentAndInfo) {
  ExecConfig config = Script("cat <<END\n" + Answer(R"({"token":"$1/$2/$EXTRA/$HOME"})") +
                             "\nEND\necho \"$KUBERNETES_EXEC_INFO\" > \"$(dirname \"$0\")/info\"\n");
  config.args = {"one", "$two"};
  config.env = {{"EXTRA", "more"}, {"HOME", "/replaced"}};
  const Result<ExecCredential> credential = Run(config);
  ASSERT_TRUE(credential.ok()) << credential.error().message;
  EXPECT_EQ(credential->token, "one/$two/more//replaced");
  EXPECT_EQ(ReadText(directory_ / "info"), *ExecInfo(config) + "\n");
}

TEST_F(RunExecPlugin, LooksUpBareNamesInThePath) {
  const Result<ExecCredential> credential =
      Run({.origin = "user", .command = "printf", .args = {"%s", Answer(R"({"token":"t"})")}, .api_version = kV1});
  ASSERT_TRUE(credential.ok()) << credential.error().message;
  EXPECT_EQ(credential->token, "t");
}

TEST_F(RunExecPlugin, ShowsStandardErrorButNotStandardOutput) {
  EXPECT_THAT(Failure("echo " + kSecret + "; echo 'not logged in,' >&2; printf 'run\\tlogin\\033[0m\\n' >&2; exit 3"),
              HasSubstr("failed with exit status 3: not logged in, run login [0m"));
  EXPECT_THAT(Failure("echo " + kSecret), HasSubstr("printed no ExecCredential in JSON"));
  EXPECT_THAT(Failure("echo " + kSecret + "; kill -9 $$"), HasSubstr("ended by signal 9"));
}

TEST_F(RunExecPlugin, KeepsTheEndOfALongStandardError) {
  const std::string message = Failure("yes ä | head -n 100000 | tr -d '\\n' >&2; echo the end >&2; exit 1");
  EXPECT_LT(message.size(), 1500u);
  EXPECT_THAT(message, HasSubstr("äthe end"));
}

TEST_F(RunExecPlugin, SaysWhatToInstall) {
  const Result<ExecCredential> credential = Run({.origin = "user \"u\"",
                                                 .command = "no-such-plugin-anywhere",
                                                 .args = {kSecret},
                                                 .api_version = kV1,
                                                 .install_hint = "apt install it"});
  ASSERT_FALSE(credential.ok());
  EXPECT_EQ(
      credential.error().message,
      "user \"u\": cannot run the exec plugin \"no-such-plugin-anywhere\": No such file or directory; install it or "
      "correct users[].exec.command. apt install it");
}

TEST_F(RunExecPlugin, KillsWhatTakesTooLongWithAllItsChildren) {
  EXPECT_THAT(Failure("sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; echo thinking >&2; wait", milliseconds(500)),
              HasSubstr("did not end within 500ms and was killed: thinking"));
  const pid_t child = std::stoi(ReadText(directory_ / "pid"));
  // Killed, and then reaped by whoever adopts orphans here; a zombie still answers to signal 0.
  const auto is_running = [child] {
    const std::string status = ReadText("/proc/" + std::to_string(child) + "/stat");
    return !status.empty() && status.find(") Z ") == status.npos;
  };
  while (is_running()) std::this_thread::yield();
}

TEST_F(RunExecPlugin, DoesNotWaitForWhatAPluginLeavesBehind) {
  const Result<ExecCredential> credential =
      Run(Script("sleep 1000 & echo $! > \"$(dirname \"$0\")/pid\"; echo '" + Answer(R"({"token":"t"})") + "'"));
  EXPECT_TRUE(credential.ok());
  ::kill(std::stoi(ReadText(directory_ / "pid")), SIGKILL);
}

TEST_F(RunExecPlugin, KillsWhatNeverStopsTalking) {
  EXPECT_THAT(Failure("yes " + kSecret), HasSubstr("more than any credential"));
}

TEST_F(RunExecPlugin, NeedsTheCaThatItTellsAbout) {
  ExecConfig config = Script("exit 0");
  config.cluster =
      ExecCluster{.server = "https://api", .tls = {.ca = {.origin = "ca", .file = directory_ / "none"}}, .config = {}};
  EXPECT_THAT(Run(config).error().message, HasSubstr("none cannot be read"));
}

TEST_F(RunExecPlugin, DestructionKillsThePlugin) {
  auto plugin = std::make_unique<ExecPlugin>(loop_, Script("exec sleep 1000"), kExecTimeLimit);
  const auto outcome = Start(plugin->Run());
  plugin.reset();
  EXPECT_EQ(Await(loop_, outcome).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace dso::kube
