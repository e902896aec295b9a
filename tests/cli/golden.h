// Texts as they are to look, in files beside the tests. UPDATE_GOLDEN=1 writes them anew: read the difference.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace dso::cli::test {

inline void ExpectGolden(const std::string& name, const std::string& text) {
  const std::string path = std::string(DSO_SOURCE_DIR "/tests/cli/golden/") + name + ".txt";
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  ASSERT_TRUE(file) << "there is no " << path << "; it would hold\n" << text;
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(text, golden.str()) << "as " << path << " is not:\n" << text;
}

}  // namespace dso::cli::test
