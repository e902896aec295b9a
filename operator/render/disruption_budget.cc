#include "render/disruption_budget.h"

namespace dso::render {

Json PodDisruptionBudget(const api::DeepSeekService& service) {
  const auto& most = service.spec->disruption_budget->max_unavailable;
  return {{"metadata", Metadata(service)},
          {"spec",
           {{"selector", {{"matchLabels", {{kServiceLabel, service.meta.name}}}}},
            {"maxUnavailable", std::visit([](const auto& either) { return Json(either); }, most)},
            {"unhealthyPodEvictionPolicy", "AlwaysAllow"}}}};
}

}  // namespace dso::render
