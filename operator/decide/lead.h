// The lead: how long before the traffic a floor has to be raised for its pods to be ready when it comes.
//
//   lead = start-up (start_up.h) + a sync of the operator + a sync of the HPA + the age of the metric
//
// Pure, thread-safe.
#pragma once

#include "decide/start_up.h"

namespace dso::decide {

// How often the HPA controller looks at an HPA; the default of --horizontal-pod-autoscaler-sync-period.
inline constexpr milliseconds kAutoscalerPeriod = seconds(15);
// What a forecaster can be made for and a person may set, see api/validation.cc.
inline constexpr milliseconds kLongestLead = std::chrono::hours(6);

// `metric_age`: how old the newest sample of the demand is when it is read. At most kLongestLead.
milliseconds LeadFor(const StartUpEstimate& start_up, milliseconds sync_period, milliseconds metric_age);

// The lead to work with, given the one in force (0: none yet) and the one that is wanted. A forecaster is made for one
// lead and is costly to remake, so the lead in force stays while wanted <= in force <= 5/4 wanted.
//   longer:            a tenth more than wanted, at once. A lead that is too short leaves traffic without pods, and one
//                      that grows with the age of a pod that does not start would otherwise change with every sync.
//   none, or too long: exactly what is wanted
milliseconds SettledLead(milliseconds in_force, milliseconds wanted);

}  // namespace dso::decide
