#include "decide/lead.h"

#include <algorithm>

namespace dso::decide {

milliseconds LeadFor(const StartUpEstimate& start_up, milliseconds sync_period, milliseconds metric_age) {
  return std::min(start_up.p90 + sync_period + kAutoscalerPeriod + std::max(metric_age, milliseconds(0)), kLongestLead);
}

milliseconds SettledLead(milliseconds in_force, milliseconds wanted) {
  if (in_force <= milliseconds(0)) return wanted;
  if (wanted > in_force) return std::max(wanted, std::min(wanted + wanted / 10, kLongestLead));
  return wanted < in_force * 4 / 5 ? wanted : in_force;
}

}  // namespace dso::decide
