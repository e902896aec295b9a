// How a text has to look for whoever reads it: the width of the terminal, colours, the present, the clock on the wall.
// Rendering takes all of it from here, so that it is a pure function. Thread-safe.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace dso::cli {

// What the clock of a place shows.
struct LocalMoment {
  int year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;
  int weekday = 4;  // 0: Sunday
  int hour = 0;
  int minute = 0;
  int second = 0;
  seconds utc_offset{0};
  std::string zone = "UTC";  // "CET"; "UTC+03" where a zone has no abbreviation
};

// As the environment's TZ has it, else the system's. Follows TZ as it was when first called.
LocalMoment LocalMomentOf(WallTime at);

struct View {
  int columns = 80;
  bool color = false;
  WallTime now{};
  std::function<LocalMoment(WallTime)> local = LocalMomentOf;
};

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// With the escapes of ECMA-48 where the view has colours.
std::string Paint(const View& view, Style style, std::string_view text);

// "16:17:46 CET" today, else with the day: "Tue 24 Nov 16:17:46 CET", and with the year where it is not this one.
std::string TimeText(const View& view, WallTime at);
// "3s ago", "in 4m12s", "now".
std::string AgeText(const View& view, WallTime at);

// "63.1", "1.25M", "1.2e+30"; "–" for what is no number.
std::string QuantityText(double value);
// "92.4 %"
std::string PercentText(double ratio);

// Columns of a terminal that the text takes: one for each character; escapes of Paint take none.
int DisplayWidth(std::string_view text);
// At most that wide: what is longer ends with "…".
std::string Cut(std::string_view text, int columns);
// Broken between words into lines that end at that column, each but the first indented by so many spaces; the first is
// taken to begin there already. A word that is longer than a line has a line of its own. No newline at the end.
std::string Hang(std::string_view text, int columns, int indent);
// Control characters, which a name or a message may bring along, become spaces: nobody else moves this cursor.
std::string Printable(std::string_view text);

}  // namespace dso::cli
