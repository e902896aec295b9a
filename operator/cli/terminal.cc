#include "cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace dso::cli {
namespace {

constexpr int kColumns = 80;
constexpr int kFewestColumns = 20;
constexpr int kMostColumns = 1000;

std::string_view Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int Columns() {
  const std::string_view text = Variable("COLUMNS");
  int columns = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), columns);
  const bool is_number = code == std::errc() && end == text.data() + text.size();
  winsize size{};
  if (!is_number) columns = IsTerminal() && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
  return columns >= kFewestColumns && columns <= kMostColumns ? columns : kColumns;
}

}  // namespace

bool IsTerminal() { return ::isatty(STDOUT_FILENO) == 1; }

View CurrentView() {
  return {.columns = Columns(),
          .color = IsTerminal() && Variable("NO_COLOR").empty() && Variable("TERM") != "dumb",
          .now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now()),
          .local = LocalMomentOf};
}

bool Print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  fmt::print(stderr, "cannot write to standard output: {}\n", std::generic_category().message(errno));
  return false;
}

}  // namespace dso::cli
