// A decision as a page for the person on call: the sentence, what asks for how many replicas, what it was made from,
// what is not well, and what changed lately. Pure, thread-safe.
#pragma once

#include <string>

#include "cli/view.h"

namespace deepseek::forecast::v1 {
class ExplainResponse;
}  // namespace deepseek::forecast::v1

namespace dso::cli {

std::string ExplainPage(const deepseek::forecast::v1::ExplainResponse& response, const View& view);

}  // namespace dso::cli
