// The batches of a service's pods: one step of a scale-up each, and the bounded memory of them.
//
// A batch is what is created within ten seconds: a ReplicaSet makes the pods of one step in a few, and the steps of an
// HPA are fifteen apart. The length is fixed, not a gap between neighbours, since a rolling update goes on for as long
// as pods get ready and would be one endless batch; this way it is many small ones, each at most ten seconds too long.
//
// Remembered are all batches with pods that are starting, the newest 32 that got ready, and of the time of those the
// newest 32 that did not. Of batches that began within ten minutes of each other the shortest are forgotten first: else
// one rolling update onto warm nodes would push out all scale-ups.
//
// A value type, not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "decide/pod_start.h"
#include "decide/survival.h"

namespace dso::decide {

struct StartUpBatch {
  using Id = uint32_t;

  Id id = 0;
  uint32_t starting = 0;                            // pods that are neither ready nor gone
  WallTime first{};                                 // creation of the first pod
  WallTime last{};                                  // creation of the last pod
  std::optional<WallTime> given_up = std::nullopt;  // the latest deletion of a pod before it was ready
  PodStart slowest{};  // the pod that got ready last; its `ready` is empty while there is none
  bool probed = false;

  bool GotReady() const;
  bool WasGivenUp() const;
  // From the creation of the first pod to the last event, which at `now` is the present for a pod that is starting.
  // Within [0, 6 h].
  Lifetime LifetimeAt(WallTime now) const;
};

class StartUpBatches {
 public:
  // A pod that is starting joins its batch. Leave() or one of the two others ends that.
  StartUpBatch::Id Join(const PodStart& start);
  // It is ready. Precondition: start.ready.
  void LeaveReady(StartUpBatch::Id id, const PodStart& start);
  // It was deleted at `at`.
  void LeaveGivenUp(StartUpBatch::Id id, WallTime at);
  // It is to be as if it had never been there.
  void Leave(StartUpBatch::Id id);

  const std::vector<StartUpBatch>& All() const { return batches_; }

 private:
  StartUpBatch& Find(StartUpBatch::Id id);
  void ForgetReady();
  void ForgetGivenUp();

  std::vector<StartUpBatch> batches_;
  StartUpBatch::Id next_id_ = 0;
};

}  // namespace dso::decide
