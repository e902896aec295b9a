// The terminal that standard output is, or is not.
#pragma once

#include <string>

#include "cli/view.h"

namespace dso::cli {

// 80 columns where there is no terminal, or those of $COLUMNS. Colours on a terminal, unless NO_COLOR is set
// (https://no-color.org) or TERM is dumb. The present is that of the clock.
View CurrentView();

bool IsTerminal();

// Writes it and flushes. False if that fails, and says so on standard error.
bool Print(const std::string& text);

}  // namespace dso::cli
