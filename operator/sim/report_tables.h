// The tables of the report, and its words about what the figures mean. HTML, everything in it escaped.
// Pure and thread-safe.
#pragma once

#include <string>

#include "sim/backtest.h"

namespace dso::sim {

// The four large figures.
std::string KeyFigures(const BacktestResult& result);
// What became of demand, of the HPA alone and with the floor side by side.
std::string ServiceTable(const BacktestResult& result);
// Errors and coverages, the promised one beside them.
std::string AccuracyTable(const BacktestResult& result);
std::string ModelTable(const BacktestResult& result);
std::string OptionsTable(const BacktestResult& result);
std::string HowToRead(const BacktestResult& result);
std::string WhatIsNotKnown(const BacktestResult& result);

}  // namespace dso::sim
