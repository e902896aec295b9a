// How long the pods of a service take from their creation until they are ready, learned from its own pods.
//
// The sample is a batch (start_up_batches.h): from the creation of its first pod until its last one is ready. Node
// provisioning and the pull of an image are part of it. Of its pods
//
//   ready           counts up to its first readiness; what the pod does later is of no interest
//   starting        is censored at its present age: it says "longer than that"
//   deleted before  is censored at its age then
//   unusable        is kept out: a crash loop or a refused image says nothing of the time
//
// A batch lasts until the last of these; if that is a censored one, the batch is. The estimate is the P90 of the
// batches by survival.h: a pod that never gets ready makes it longer or leaves it, never shorter. Where so many are
// censored that the P90 is beyond all that was seen, it is the longest that was seen. A censored batch counts for half
// an hour or three times the longest that got ready at most: a pod that waits for longer has a fault, which no lead
// makes good.
//
// A value type: no I/O, no clock. Not thread-safe.
#pragma once

#include <unordered_map>

#include "decide/pod_start.h"
#include "decide/start_up_batches.h"

namespace dso::decide {

// What is known of a service before this process has seen its pods: what its status said last.
struct RememberedStartUp {
  milliseconds p90{0};
  int batches = 0;
};

struct StartUpEstimate {
  enum class Source {
    kPrior,    // fewer than three batches got ready: five minutes, or the longest that was seen if that is longer
    kLearned,  // by this process or, says the status, by the one before
  };
  Source source = Source::kPrior;
  milliseconds p90{0};  // within [1 s, 6 h]
  int batches = 0;      // that got ready
  int censored = 0;     // that did not, or not yet
  // Where the time went for the last pod of a batch; medians over the batches that got ready, empty without any.
  std::optional<milliseconds> scheduling_p50;  // created → scheduled: provisioning of a node included
  std::optional<milliseconds> pulling_p50;     // scheduled → started: init containers included
  std::optional<milliseconds> readying_p50;    // started → ready
  bool probed = true;                          // the newest pod is; false: that it is ready means only that it runs
};

class StartUpTimes {
 public:
  using PodId = uint64_t;  // a hash of the UID

  StartUpTimes() = default;
  // After a restart. With at least three batches it takes the place of the prior, and until ten have been seen (fewer
  // have no P90 below their maximum) the estimate is no shorter than it.
  explicit StartUpTimes(RememberedStartUp remembered);

  // Takes the present state of a pod. States of one pod come in their order (a watch sees to that), repeated or with
  // gaps; those of different pods in any order.
  //
  // A pod that is ready when it is first seen counts if it got ready within 30 minutes of its containers' start: a
  // Ready condition has the time of its last change only, which after days is a lapse of the node and not a start.
  void Take(PodId id, const PodStart& start);

  // The pod was deleted, or asked to go, at `at`. May be repeated; Take() of the same pod does not follow.
  void Gone(PodId id, WallTime at);

  // Batches of pods with a probe and of pods without are not mixed: those like the newest pod count.
  StartUpEstimate Estimate(WallTime now) const;

  // How many pods and batches are remembered: the pods that live, and what start_up_batches.h says.
  size_t Size() const { return pods_.size() + batches_.All().size(); }

 private:
  struct Pod {
    enum class State : uint8_t {
      kUnusable,
      kStarting,  // a member of `batch`
      kReady,     // it was once, and has been counted or rejected
    };
    State state = State::kUnusable;
    StartUpBatch::Id batch = 0;
  };

  std::optional<RememberedStartUp> remembered_;
  std::unordered_map<PodId, Pod> pods_;
  StartUpBatches batches_;
  WallTime newest_ = WallTime::min();  // creation of the newest pod
  bool probed_ = true;                 // of that pod
};

}  // namespace dso::decide
