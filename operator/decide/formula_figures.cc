#include "decide/formula_figures.h"

#include <algorithm>
#include <cmath>

namespace dso::decide {
namespace {

constexpr double kLongestResponseSeconds = 86'400;  // as in the spec

}  // namespace

FormulaFigures FiguresOf(const api::CapacityFormula& formula, const Measured& measured) {
  FormulaFigures figures;
  if (formula.cores) {
    figures.cores = formula.cores;
    figures.cores_from = "Spec";
  } else if (measured.cores) {
    figures.cores = measured.cores->cores;
    figures.cores_from = ToString(measured.cores->from);
  }
  if (formula.average_response_time) {
    figures.average_response_time = formula.average_response_time;
    figures.average_response_time_from = "Spec";
  } else if (measured.average_response_time) {
    figures.average_response_time = measured.average_response_time;
    figures.average_response_time_from = "Measured";
  }
  return figures;
}

bool IsMeasured(const api::CapacityFormula& formula) { return !formula.cores || !formula.average_response_time; }

std::optional<milliseconds> SettledResponseTime(std::optional<milliseconds> in_use, double measured_seconds) {
  const bool makes_sense = measured_seconds > 0 && measured_seconds <= kLongestResponseSeconds;  // no NaN either
  if (!makes_sense) return in_use;
  const auto rounded = std::chrono::round<milliseconds>(std::chrono::duration<double>(measured_seconds));
  const auto measured = std::max(rounded, milliseconds(1));
  if (!in_use) return measured;
  const auto before = static_cast<double>(in_use->count());
  const bool moved = std::abs(static_cast<double>(measured.count()) - before) >= kResponseTimeMovement * before;
  return moved ? measured : in_use;
}

}  // namespace dso::decide
