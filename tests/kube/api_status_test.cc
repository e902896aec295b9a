#include "kube/api_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dso::kube {
namespace {

using nlohmann::json;

http::Response Answer(int status, std::string body, http::Headers headers = {}) {
  return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}

struct Case {
  int status;
  const char* reason;
  ErrorCode code;
};

TEST(ApiStatus, EveryAnswerHasItsCanonicalCode) {
  const Case cases[] = {
      {400, "BadRequest", ErrorCode::kInvalidArgument},
      {401, "Unauthorized", ErrorCode::kUnauthenticated},
      {403, "Forbidden", ErrorCode::kPermissionDenied},
      {404, "NotFound", ErrorCode::kNotFound},
      {405, "MethodNotAllowed", ErrorCode::kInvalidArgument},
      {409, "AlreadyExists", ErrorCode::kAlreadyExists},
      {409, "Conflict", ErrorCode::kConflict},
      {410, "Expired", ErrorCode::kGone},
      {410, "Gone", ErrorCode::kGone},
      {413, "RequestEntityTooLarge", ErrorCode::kInvalidArgument},
      {415, "UnsupportedMediaType", ErrorCode::kInvalidArgument},
      {422, "Invalid", ErrorCode::kInvalidArgument},
      {429, "TooManyRequests", ErrorCode::kResourceExhausted},
      {500, "InternalError", ErrorCode::kInternal},
      {503, "ServiceUnavailable", ErrorCode::kUnavailable},
      {504, "Timeout", ErrorCode::kDeadlineExceeded},
  };
  for (const Case& c : cases) {
    const json status{{"kind", "Status"}, {"code", c.status}, {"reason", c.reason}, {"message", "the server's words"}};
    const Error error = ErrorFromResponse(Answer(c.status, status.dump()));
    EXPECT_EQ(ToString(error.code), ToString(c.code)) << c.status << " " << c.reason;
    EXPECT_THAT(error.message, testing::StartsWith("the server's words"));
    EXPECT_EQ(error.retry_after, std::nullopt);
  }
}

TEST(ApiStatus, AnOwnerOfAKindThatIsNotKnownYetIsAMatterOfTime) {
  const Error error = ErrorFromStatus(
      nlohmann::json::parse(
          R"({"code": 403, "reason": "Forbidden", "message": "deployments.apps \"chat\" is forbidden: )"
          R"(cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion )"
          R"(deepseek-operator.dev/v1alpha1 Kind DeepSeekService: no matches for kind"})"),
      403);
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.retry_after, seconds(2));
}

TEST(ApiStatus, AnAnswerWithoutABodyIsNamedByItsStatus) {
  EXPECT_EQ(ErrorFromResponse(Answer(410, "")).code, ErrorCode::kGone);
  EXPECT_EQ(ErrorFromResponse(Answer(410, "")).message, "HTTP 410");
  EXPECT_EQ(ErrorFromStatus(json::object(), 503).message, "HTTP 503");
  EXPECT_EQ(ErrorFromStatus({{"reason", "Invalid"}}, 422).message, "HTTP 422 Invalid");
}

TEST(ApiStatus, QuotesTheBeginningOfWhatAProxySays) {
  const std::string page = "<html>" + std::string(10'000, 'x') + "</html>";
  const Error error = ErrorFromResponse(Answer(502, page));
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.message, "HTTP 502: " + page.substr(0, 200));
}

TEST(ApiStatus, TheWaitComesFromTheHeaderBeforeTheDetails) {
  const std::string body = R"({"code": 429, "message": "slow down", "details": {"retryAfterSeconds": 3}})";
  EXPECT_EQ(ErrorFromResponse(Answer(429, body)).retry_after, seconds(3));
  EXPECT_EQ(ErrorFromResponse(Answer(429, body, {{"Retry-After", "9"}})).retry_after, seconds(9));
  EXPECT_EQ(ErrorFromResponse(Answer(429, "", {{"retry-after", "9"}})).retry_after, seconds(9));
}

TEST(ApiStatus, AWaitThatIsNoNumberOfSecondsIsIgnored) {
  for (const char* text : {"", "soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999"}) {
    EXPECT_EQ(ErrorFromResponse(Answer(429, "", {{"Retry-After", text}})).retry_after, std::nullopt) << text;
  }
}

TEST(ApiStatus, TheObjectsOwnCodeCountsInsideAWatch) {
  EXPECT_EQ(ErrorFromStatus({{"code", 410}, {"reason", "Expired"}}, 500).code, ErrorCode::kGone);
  EXPECT_EQ(ErrorFromStatus({{"reason", "Expired"}}, 500).code, ErrorCode::kGone);
  EXPECT_EQ(ErrorFromStatus({{"code", "410"}}, 500).code, ErrorCode::kInternal);
  EXPECT_EQ(ErrorFromStatus(nullptr, 500).code, ErrorCode::kInternal);
}

}  // namespace
}  // namespace dso::kube
