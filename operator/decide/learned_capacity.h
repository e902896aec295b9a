// What one replica carries, learned from the load at which rejections or a queue begin.
//
//   load      = served per ready replica: demand without what was rejected or waits, since a full replica serves no
//               more than it can
//   pressure  = the larger of rejected / demand and waiting / demand; trouble above 5 %
//   estimate  → up to what has been carried (load_evidence.h), by at most 2 % in ten minutes
//             → down to the limit if it is above it, by at most 5 % in ten minutes
//
// It starts at min, where there are too many replicas rather than too few, or at what the status remembers; that counts
// as carried for four hours, so that trouble outweighs it sooner or later, and is held without new evidence.
//
// What it cannot know: a load that is never reached. A floor and an HPA that keep the replicas at a share of the
// estimate leave the loads above it to what the demand varies by, to surges that come before the replicas do, and to
// replicas.max; the estimate rises with those, or not at all. In a simulation from 5, with a knee at 20 and replicas
// for 80 % of the estimate: to 19 within four days if the demand varies by 30 % round what was planned for, to 13 in
// two weeks if by 15 %, and nowhere if by 5 %. So min is to be what a replica is known to carry, not the least one can
// imagine.
//
// A value type, not thread-safe. Less than 1 KB; Observe and per_replica take less than a microsecond, Estimate the
// time of a sentence. No input gives a value outside [min, max].
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "decide/load_evidence.h"
#include "decide/seen_demand.h"

namespace dso::decide {

// Of a replica's capacity, in the unit of the demand. Bounds that are not finite, not above zero or the wrong way round
// are brought into order: validation is the API's.
struct CapacityBounds {
  double min = 0;
  double max = 0;
};

struct LoadObservation {
  SteadyTime now;
  SeenDemand seen;
  std::optional<int> ready_replicas{};  // unset: unknown
  bool partial = false;                 // pods that serve are missing from what was seen
  milliseconds averaged_over{0};        // what the demand looks back; 0 if it is sampled
};

struct LearnedCapacityEstimate {
  double per_replica = 0;                 // what it carries at all, without headroom
  milliseconds observed{0};               // how long loads have been looked at, since the start
  std::optional<double> pressure_from{};  // the load from which on there is trouble; unset if none has been believed
  std::string evidence;                   // a sentence for people
};

class LearnedCapacity {
 public:
  // `remembered`: the estimate of the status after a restart; out of the bounds it is clamped, no number is ignored.
  explicit LearnedCapacity(CapacityBounds bounds, std::optional<double> remembered = std::nullopt);

  // What the service does at `now`; calls come in the order of time. It stands for the time since the last call, two
  // minutes at most. It is no evidence if it is partial, if neither the rejected nor the waiting are known (a service
  // that cannot show trouble has not carried anything), or while the replicas are unknown, none, or have changed within
  // a minute and what the demand looks back: the load of each is not demand / replicas then.
  void Observe(const LoadObservation& observation);

  double per_replica() const { return estimate_; }
  LearnedCapacityEstimate Estimate() const;

 private:
  using Seconds = LoadEvidence::Seconds;
  void NoteReplicas(std::optional<int> ready, SteadyTime now);
  bool IsSettled(const LoadObservation& observation) const;
  void Learn(const SeenDemand& seen, int replicas, Seconds time);
  void Follow(Seconds time);
  std::string Sentence(const LoadEvidence::Limits& limits) const;

  CapacityBounds bounds_;
  LoadEvidence evidence_;
  double estimate_;
  double highest_load_ = 0;
  Seconds observed_{0};
  std::optional<SteadyTime> last_;
  std::optional<int> replicas_;  // of the last call
  SteadyTime replicas_since_{};
};

}  // namespace dso::decide
