// The operator's validation against the table that the CRD is tested with on a real API server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "service_json.h"

namespace dso::api {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

struct Case {
  int line = 0;
  std::string verdict, field, operator_says, spec;
};

void Replace(std::string& text, std::string_view what, std::string_view by) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size())
    text.replace(at, what.size(), by);
}

std::string Trim(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<Case> ReadCases() {
  const auto path = std::filesystem::path(__FILE__).parent_path() / "../integration/crd/cases.txt";
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::vector<Case> cases;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.starts_with("#")) continue;
    std::istringstream columns(line);
    Case out{number, {}, {}, {}, {}};
    std::string server_says;
    std::getline(columns, out.verdict, '|');
    std::getline(columns, out.field, '|');
    std::getline(columns, server_says, '|');
    std::getline(columns, out.operator_says, '|');
    std::getline(columns, out.spec);
    for (std::string* text : {&out.verdict, &out.field, &out.operator_says}) *text = Trim(*text);
    Replace(out.spec, "TEMPLATE", test::kTemplate);
    Replace(out.spec, "DEMAND", R"({"preset":"deepseek"})");
    cases.push_back(std::move(out));
  }
  return cases;
}

TEST(SchemaParityTest, TheOperatorAgreesWithTheSchema) {
  const auto cases = ReadCases();
  EXPECT_GT(cases.size(), 80u);
  for (const Case& c : cases) {
    SCOPED_TRACE("cases.txt:" + std::to_string(c.line));
    const std::string complaint = test::Complaint(json::parse(c.spec));
    if (c.verdict == "accept" || c.verdict == "schema") {
      EXPECT_EQ(complaint, "");
    } else {
      EXPECT_THAT(complaint, HasSubstr(c.field));
      EXPECT_THAT(complaint, HasSubstr(c.operator_says));
      EXPECT_FALSE(c.operator_says.empty()) << "say what the operator says";
    }
  }
}

}  // namespace
}  // namespace dso::api
