#include "cli/rpc_failure.h"

#include <gmock/gmock.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "cli/proto_text.h"

namespace dso::cli {
namespace {

using testing::HasSubstr;

const CallPlace kPlace{.address = "127.0.0.1:9090"};

template <typename Detail>
RpcFailure With(grpc::StatusCode code, std::string message, const Detail& detail) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  status.add_details()->PackFrom(detail);
  return {.code = code, .message = std::move(message), .details = status.SerializeAsString()};
}

TEST(RpcFailure, AFieldThatIsWrongIsNamedByItsFlag) {
  google::rpc::BadRequest request;
  auto& first = *request.add_field_violations();
  first.set_field("horizon");
  first.set_description("400d is more than 7d");
  auto& second = *request.add_field_violations();
  second.set_field("quantiles[1]");
  second.set_description("1.5 is not within [0.01, 0.999]");
  const Complaint complaint = ComplaintOf(With(grpc::StatusCode::INVALID_ARGUMENT, "bad request", request), kPlace);
  EXPECT_EQ(complaint.text(), "--horizon: 400d is more than 7d; --quantile: 1.5 is not within [0.01, 0.999]");
  EXPECT_EQ(complaint.exit_code, 2);
}

TEST(RpcFailure, AServiceThatIsNotThereHasAnExitCodeOfItsOwn) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_name("prod/chatt");
  const Complaint complaint = ComplaintOf(With(grpc::StatusCode::NOT_FOUND, "", resource), kPlace);
  EXPECT_EQ(complaint.text(), "there is no DeepSeekService prod/chatt that the operator looks after");
  EXPECT_EQ(complaint.exit_code, 3);
}

TEST(RpcFailure, NoForecastYetHasOneToo) {
  const Complaint complaint =
      ComplaintOf({.code = grpc::StatusCode::FAILED_PRECONDITION, .message = "12m of history"}, kPlace);
  EXPECT_EQ(complaint.text(), "12m of history");
  EXPECT_EQ(complaint.exit_code, 4);
}

TEST(RpcFailure, WhoIsThrottledHearsHowLong) {
  google::rpc::RetryInfo retry;
  *retry.mutable_retry_delay() = ToDuration(seconds(7));
  EXPECT_EQ(ComplaintOf(With(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many streams", retry), kPlace).text(),
            "too many streams; try again in 7s");
  EXPECT_EQ(ComplaintOf(With(grpc::StatusCode::RESOURCE_EXHAUSTED, "too many; try again", retry), kPlace).text(),
            "too many; try again in 7s");
}

TEST(RpcFailure, WhatTheOperatorSaysItselfIsLeftAlone) {
  google::rpc::ErrorInfo info;
  info.set_domain("deepseek-operator.dev");
  for (const auto code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::PERMISSION_DENIED}) {
    EXPECT_EQ(ComplaintOf(With(code, "a sentence with a remedy", info), kPlace).text(), "a sentence with a remedy");
  }
}

TEST(RpcFailure, EachHasARemedy) {
  const auto text = [](grpc::StatusCode code, CallPlace place = kPlace) {
    return ComplaintOf({.code = code, .message = "so it is"}, place).text();
  };
  EXPECT_THAT(text(grpc::StatusCode::UNAUTHENTICATED), HasSubstr("give --token-file"));
  EXPECT_THAT(text(grpc::StatusCode::UNAUTHENTICATED, {.address = "a:1", .has_credentials = true}),
              HasSubstr("still valid?"));
  EXPECT_THAT(text(grpc::StatusCode::PERMISSION_DENIED), HasSubstr("deepseekservices"));
  EXPECT_THAT(text(grpc::StatusCode::DEADLINE_EXCEEDED), HasSubstr("--timeout"));
  EXPECT_THAT(text(grpc::StatusCode::UNAVAILABLE), HasSubstr("give --tls-ca"));
  EXPECT_THAT(text(grpc::StatusCode::UNIMPLEMENTED), HasSubstr("gRPC port"));
  EXPECT_THAT(text(grpc::StatusCode::DATA_LOSS), HasSubstr("so it is (gRPC status 15)"));
}

TEST(RpcFailure, DetailsThatAreNoneAreLeftOut) {
  const RpcFailure failure{
      .code = grpc::StatusCode::INVALID_ARGUMENT, .message = "so it is", .details = "\xff\xff\xff"};
  EXPECT_EQ(ComplaintOf(failure, kPlace).text(), "so it is");
}

TEST(RpcFailure, AMessageMovesNoCursor) {
  EXPECT_EQ(ComplaintOf({.code = grpc::StatusCode::FAILED_PRECONDITION, .message = "a\x1b[2Jb\n"}, kPlace).text(),
            "a [2Jb ");
}

TEST(RpcFailure, OnlyWhatPassesIsRetried) {
  for (const auto code : {grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED, grpc::StatusCode::INTERNAL,
                          grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::DEADLINE_EXCEEDED}) {
    EXPECT_TRUE(IsWorthRetrying({.code = code})) << code;
  }
  for (const auto code :
       {grpc::StatusCode::NOT_FOUND, grpc::StatusCode::PERMISSION_DENIED, grpc::StatusCode::UNAUTHENTICATED,
        grpc::StatusCode::INVALID_ARGUMENT, grpc::StatusCode::UNIMPLEMENTED}) {
    EXPECT_FALSE(IsWorthRetrying({.code = code})) << code;
  }
}

}  // namespace
}  // namespace dso::cli
