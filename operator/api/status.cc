#include "api/status.h"

namespace dso::api {

void AddDecision(std::vector<DecisionRecord>& decisions, DecisionRecord decision) {
  decisions.insert(decisions.begin(), std::move(decision));
  if (decisions.size() > kMaxRecentDecisions) decisions.resize(kMaxRecentDecisions);
}

}  // namespace dso::api
