// The series deepseek_operator_* of services, written when they are asked for: a service costs its figures and no more
// between two scrapes, and what it no longer has is gone with the next one. docs/metrics.md says what each means.
// Pure, thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "telemetry/service_figures.h"

namespace dso::telemetry {

// By namespace and name.
using AllServiceFigures = std::map<std::pair<std::string, std::string>, std::shared_ptr<const ServiceFigures>>;

// Appends them to `text`, in the text exposition format.
void WriteServiceSeries(const AllServiceFigures& services, std::string& text);

}  // namespace dso::telemetry
