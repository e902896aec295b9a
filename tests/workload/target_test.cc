#include "load/target.h"

#include <gtest/gtest.h>

#include "common/user_error.h"

namespace workload {
namespace {

TEST(ParseTarget, ReadsHostPortAndPath) {
  const Target full = ParseTarget("http://chat.demo.svc:8000/v1/chat/completions?x=1");
  EXPECT_EQ(full.host, "chat.demo.svc");
  EXPECT_EQ(full.port, 8000);
  EXPECT_EQ(full.path, "/v1/chat/completions?x=1");
  const Target bare = ParseTarget("http://10.96.0.7");
  EXPECT_EQ(bare.host, "10.96.0.7");
  EXPECT_EQ(bare.port, 80);
  EXPECT_EQ(bare.path, "/");
}

TEST(ParseTarget, RefusesWhatItCannotSendTo) {
  for (const char* url : {"", "chat:80", "https://chat/", "http://", "http://:80/", "http://chat:0/", "http://chat:x/",
                          "http://chat:70000/", "http://chat:/", "http://a b/", "http://chat/a b", "http://u@chat/"}) {
    EXPECT_THROW(ParseTarget(url), UserError) << url;
  }
}

}  // namespace
}  // namespace workload
