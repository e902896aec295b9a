// What is remembered of the connection pools of one service. Loop thread only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "capacity/rollout.h"
#include "controller/verdict.h"
#include "decide/pace.h"
#include "decide/pool_plan.h"

namespace dso::controller {

// The figures of a backend as its exporter has told them last.
struct BackendFigures {
  std::optional<int> in_use;                              // connections; absent while they cannot be read
  std::optional<int> server_limit;                        // what the server accepts; one that was read once stays
  decide::SlidingExtreme<int, std::less_equal<>> limits;  // that were read lately
  std::string problem;                                    // why they cannot be read; empty while they can
  bool is_nearly_full = false;
};

// Of the connections that a backend accepts: from so many in use on it is nearly full, below so many no longer.
inline constexpr int kNearlyFullPercent = 80;
inline constexpr int kRoomAgainPercent = 75;

// What the target of a targetRef has, as it was last read.
struct TargetPools {
  capacity::Rollout rollout;
  bool rollout_known = true;  // false: `rollout` is an assumption
  std::string config_map;     // of pool settings, that its containers refer to; "" if none
  int replicas = 0;           // the larger of what it has and what it is asked for
  int terminating = 0;        // that the API server counts: older ones count none
  bool rolling_out = false;   // pods of an older template are there
};

// What a backend leaves to one pool, and who else there is.
struct PoolShare {
  decide::PoolBudget budget;
  int64_t limit = 0;                // of all who share it
  bool limits_differ = false;       // they disagree about it in their specs
  int64_t held = 0;                 // that all of them may hold as things are
  int64_t shares_percent = 0;       // that they have declared in all
  std::vector<std::string> others;  // services
};

struct PoolRecord {
  std::optional<TargetPools> target;
  std::map<std::string, BackendFigures> backends;  // by name, of pools that name an exporter

  // How the workload replaces its pods, and the generation of the spec that says so.
  std::optional<capacity::Rollout> rollout;
  int64_t rollout_of = 0;
  int seen_waves = 0;                      // capacity::WavesTerminating: the most of them with this rollout
  int last_replicas = 0;                   // that were asked for
  std::optional<SteadyTime> scaled_in_at;  // they became fewer
  // Of a replica at its limit: the most lately by one spec, or every change of a measured capacity would replace pods.
  int64_t rate_of = 0;  // the generation of that spec
  decide::SlidingExtreme<double, std::greater_equal<>> requests_per_second;
  double rate = 0;        // that comes to; 0 while it is not known
  decide::Pace replicas;  // that were there

  std::optional<decide::PoolPlan> plan;          // absent: not made yet
  std::vector<api::ConnectionPool> planned_for;  // as in the spec of the plan
  int most_replicas = 1;                         // that the plan was asked for
  std::vector<PoolShare> shares;                 // that the plan was made with, by pool
  std::optional<decide::PoolSizes> in_template;  // that the plan has found
  bool in_transition = false;                    // pods have sizes that they are not to keep, or are on their way out
  std::vector<decide::BackendUser> told;         // to those that share the backends, by pool
  std::string config_map;                        // that the pod template is to refer to; "" as long as there is none
  std::optional<Verdict> problem;                // why that could not be written
};

}  // namespace dso::controller
