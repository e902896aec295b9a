#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace dso {
namespace {

TEST(ResultTest, HoldsAValue) {
  Result<std::string> result = std::string("floor");
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result);
  EXPECT_EQ(*result, "floor");
  EXPECT_EQ(result->size(), 5u);
}

TEST(ResultTest, HoldsAnError) {
  const Result<std::string> result = InvalidArgument("no such unit");
  ASSERT_FALSE(result.ok());
  EXPECT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(result.error().message, "no such unit");
}

TEST(ResultTest, AFalseOrEmptyValueIsStillAValue) {
  const auto make_false = []() -> Result<bool> { return false; };
  const auto make_zero = []() -> Result<int> { return 0; };
  const auto make_null = []() -> Result<std::unique_ptr<int>> { return std::unique_ptr<int>(); };
  EXPECT_EQ(make_false().ok(), true);
  EXPECT_EQ(make_zero().ok(), true);
  EXPECT_EQ(make_null().ok(), true);
}

TEST(ResultTest, MovesItsValueOut) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> value = *std::move(result);
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(*value, 7);
}

TEST(ResultTest, MovesItsErrorOut) {
  Result<int> result = Internal("broken");
  EXPECT_EQ(std::move(result).error().WithContext("read").message, "read: broken");
}

TEST(ResultTest, MayHoldAnErrorAsItsValueType) {
  struct Verdict {
    Error error;
  };
  const Result<Verdict> result = Verdict{Internal("a value about an error")};
  EXPECT_TRUE(result.ok());
}

TEST(ResultTest, ReadingTheWrongSideThrowsInsteadOfLying) {
  Result<int> failed = Internal("broken");
  EXPECT_THROW((void)*failed, std::bad_variant_access);
  const Result<int> fine = 1;
  EXPECT_THROW((void)fine.error(), std::bad_variant_access);
  const Status done;
  EXPECT_THROW((void)done.error(), std::bad_optional_access);
}

TEST(StatusTest, IsFineUnlessGivenAnError) {
  EXPECT_TRUE(Status().ok());
  const Status failed = Internal("broken");
  EXPECT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "broken");
}

}  // namespace
}  // namespace dso
