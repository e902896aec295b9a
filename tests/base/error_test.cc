#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace dso {
namespace {

constexpr ErrorCode kAllCodes[] = {ErrorCode::kInvalidArgument,
                                   ErrorCode::kNotFound,
                                   ErrorCode::kAlreadyExists,
                                   ErrorCode::kConflict,
                                   ErrorCode::kGone,
                                   ErrorCode::kUnauthenticated,
                                   ErrorCode::kPermissionDenied,
                                   ErrorCode::kResourceExhausted,
                                   ErrorCode::kUnavailable,
                                   ErrorCode::kDeadlineExceeded,
                                   ErrorCode::kCancelled,
                                   ErrorCode::kInternal};

TEST(ErrorTest, EveryCodeHasItsOwnName) {
  std::set<std::string_view> names;
  for (const ErrorCode code : kAllCodes) names.insert(ToString(code));
  EXPECT_EQ(names.size(), std::size(kAllCodes));
  EXPECT_FALSE(names.contains("Unknown"));
}

TEST(ErrorTest, ContextsReadFromTheOutsideIn) {
  const Error error = Error{ErrorCode::kUnavailable, "connection refused", std::chrono::seconds(3)}
                          .WithContext("list deployments")
                          .WithContext("sync shop/chat");
  EXPECT_EQ(error.message, "sync shop/chat: list deployments: connection refused");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_EQ(error.retry_after, std::chrono::seconds(3));
}

}  // namespace
}  // namespace dso
