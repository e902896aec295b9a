#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cli/client_command.h"
#include "cli/plugin.h"

namespace dso::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class Completion : public testing::Test {
 protected:
  std::vector<std::string> Words(const std::vector<std::string>& words, bool as_plugin = false) {
    CLI::App app;
    const ClientCommands commands(app, "deepseek-operator", "1", as_plugin);
    const CompletionSource source{
        .services =
            [](const std::string& ns) {
              std::vector<std::string> names = {"prod/chat", "prod/code", "team/chat"};
              std::erase_if(names, [&](const std::string& name) { return !ns.empty() && !name.starts_with(ns + "/"); });
              return names;
            },
        .default_namespace = [] { return std::optional<std::string>("team"); },
        .as_plugin = as_plugin};
    completions_ = Complete(app, words, source);
    std::vector<std::string> found;
    for (const auto& candidate : completions_.candidates) found.push_back(candidate.word);
    return found;
  }

  Completions completions_;
};

TEST_F(Completion, OfSubcommands) {
  EXPECT_THAT(Words({""}), ElementsAre("forecast", "explain", "list", "watch"));
  EXPECT_THAT(Words({"ex"}), ElementsAre("explain"));
}

TEST_F(Completion, OfServices) {
  EXPECT_THAT(Words({"explain", ""}), ElementsAre("prod/chat", "prod/code", "team/chat"));
  EXPECT_THAT(Words({"forecast", "prod/ch"}), ElementsAre("prod/chat"));
  EXPECT_THAT(Words({"watch", "--timeout", "5s", "te"}), ElementsAre("team/chat"));
  EXPECT_THAT(Words({"explain", "-n", "prod", "c"}), ElementsAre("chat", "code"));
  EXPECT_THAT(Words({"explain", "--namespace=prod", "co"}), ElementsAre("code"));
  EXPECT_THAT(Words({"explain", "prod/chat", ""}), IsEmpty());
}

TEST_F(Completion, OfServicesForKubectl) {
  EXPECT_THAT(Words({"explain", ""}, true), ElementsAre("chat"));
  EXPECT_THAT(Words({"explain", "prod/"}, true), ElementsAre("prod/chat", "prod/code"));
  EXPECT_THAT(Words({"list", ""}, true), IsEmpty());
}

TEST_F(Completion, OfNamespaces) {
  EXPECT_THAT(Words({"list", ""}), ElementsAre("prod", "team"));
  EXPECT_THAT(Words({"explain", "-n", "p"}), ElementsAre("prod"));
}

TEST_F(Completion, OfFlagsAndTheirValues) {
  EXPECT_THAT(Words({"forecast", "prod/chat", "--pl"}), ElementsAre("--plot"));
  EXPECT_THAT(Words({"forecast", "--"}), Contains("--horizon"));
  EXPECT_THAT(Words({"explain", "--"}), Not(Contains("--horizon")));
  EXPECT_THAT(Words({"list", "-o", ""}), ElementsAre("json", "wide", "table"));
  EXPECT_THAT(Words({"explain", "--horizon", ""}),
              ElementsAre("prod/chat", "prod/code", "team/chat"));  // no flag of it
  EXPECT_THAT(Words({"forecast", "--horizon", ""}), IsEmpty());
  EXPECT_FALSE(completions_.files);
  EXPECT_THAT(Words({"explain", "--tls-ca", ""}), IsEmpty());
  EXPECT_TRUE(completions_.files);
}

TEST_F(Completion, LinesAreThoseThatKubectlReads) {
  EXPECT_EQ(CompletionLines({.candidates = {{.word = "--plot", .description = "draw it"}, {.word = "prod/chat"}}}),
            "--plot\tdraw it\nprod/chat\n:4\n");
  EXPECT_EQ(CompletionLines({.candidates = {}, .files = true}), ":0\n");
}

TEST_F(Completion, ScriptsAreForShellsThatAreKnown) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    ASSERT_TRUE(CompletionScript(shell)) << shell;
    EXPECT_THAT(*CompletionScript(shell), testing::HasSubstr("__complete")) << shell;
  }
  EXPECT_FALSE(CompletionScript("tcsh"));
}

TEST(Plugin, IsToldByTheNameOfTheProgram) {
  EXPECT_EQ(CalledAsOf("/usr/local/bin/kubectl-deepseek"), CalledAs::kPlugin);
  EXPECT_EQ(CalledAsOf("kubectl-deepseek"), CalledAs::kPlugin);
  EXPECT_EQ(CalledAsOf("./kubectl_complete-deepseek"), CalledAs::kPluginCompletion);
  EXPECT_EQ(CalledAsOf("/kubectl-deepseek/deepseek-operator"), CalledAs::kOperator);
  EXPECT_EQ(CalledAsOf(""), CalledAs::kOperator);
}

}  // namespace
}  // namespace dso::cli
