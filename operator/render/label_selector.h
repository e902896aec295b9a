// metav1.LabelSelector. Pure, thread-safe.
#pragma once

#include <nlohmann/json.hpp>

namespace dso::render {

// Whether a pod with these labels is selected, as policy/v1 has it: null selects no pod, {} every pod; all matchLabels
// and all matchExpressions must hold. An expression that cannot be understood selects nothing.
bool SelectsLabels(const nlohmann::json& selector, const nlohmann::json& labels);

}  // namespace dso::render
