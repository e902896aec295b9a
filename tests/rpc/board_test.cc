#include "rpc/board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/rpc/views.h"

namespace dso::rpc {
namespace {

using test::View;
using testing::ElementsAre;

std::vector<std::string> NamesOf(const std::vector<SharedView>& views) {
  std::vector<std::string> names;
  for (const SharedView& view : views) names.push_back(view->ns + "/" + view->name);
  return names;
}

TEST(Board, FindsWhatWasPublishedLast) {
  Board board;
  EXPECT_EQ(board.Find("prod", "chat"), nullptr);
  board.Publish(View("prod", "chat", 3));
  board.Publish(View("prod", "chat", 4));
  EXPECT_EQ(board.Find("prod", "chat")->Floor(), 4);
  EXPECT_EQ(board.Find("pro", "dchat"), nullptr);
  board.Remove("prod", "chat");
  EXPECT_EQ(board.Find("prod", "chat"), nullptr);
  board.Remove("prod", "chat");
}

TEST(Board, ListsPageByPage) {
  Board board;
  for (const char* name : {"c", "a", "b"}) board.Publish(View("prod", name, 1));
  board.Publish(View("dev", "z", 1));
  board.Publish(View("test", "a", 1));
  EXPECT_THAT(NamesOf(board.List("", {}, 10)), ElementsAre("dev/z", "prod/a", "prod/b", "prod/c", "test/a"));
  EXPECT_THAT(NamesOf(board.List("", {"prod", "b"}, 2)), ElementsAre("prod/c", "test/a"));
  EXPECT_THAT(NamesOf(board.List("prod", {}, 2)), ElementsAre("prod/a", "prod/b"));
  EXPECT_THAT(NamesOf(board.List("prod", {"prod", "b"}, 2)), ElementsAre("prod/c"));
  EXPECT_THAT(NamesOf(board.List("prod", {"prod", "bb"}, 2)), ElementsAre("prod/c"));
  EXPECT_THAT(NamesOf(board.List("none", {}, 2)), ElementsAre());
}

TEST(Board, TellsChangesOfFloorsOnly) {
  Board board;
  std::vector<std::pair<int, int>> told;
  {
    const Subscription subscription(board, [&](const SharedView& before, const SharedView& after) {
      told.emplace_back(before ? *before->Floor() : 0, after ? *after->Floor() : 0);
    });
    board.Publish(View("prod", "chat", 3));
    board.Publish(View("prod", "chat", 3));
    board.Publish(View("prod", "chat", 5));
    board.Remove("prod", "chat");
  }
  board.Publish(View("prod", "chat", 7));
  EXPECT_THAT(told, ElementsAre(std::pair(0, 3), std::pair(3, 5), std::pair(5, 0)));
}

TEST(Board, IsReadWhileItIsWritten) {
  Board board;
  std::jthread reader([&board](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const SharedView view = board.Find("prod", "chat");
      if (view) EXPECT_GT(view->Floor().value_or(0), 0);
      board.List("", {}, 10);
    }
  });
  for (int floor = 1; floor < 5000; ++floor) board.Publish(View("prod", "chat", floor));
}

}  // namespace
}  // namespace dso::rpc
