// What has been seen of a replica under load: for how long which load was carried, and for how long which one came with
// trouble (rejections, a queue).
//
// Trouble has two causes that look the same: too much load, and a backend that fails. More load tells them apart: a
// replica that is carried past a load without trouble does not have that load for its limit. So evidence is isotonic:
//
//   carried(L)  = time without trouble at a load of L or above
//   trouble(L)  = time with trouble at L; believed from two minutes on, and if 4 · trouble(L) > carried(L)
//   limit       = the lowest load with trouble that is believed
//   carried up to = the highest load below the limit with carried(L) ≥ 10 min
//
// Capacities change: a new model, another GPU. Evidence fades with a half-life of a week, and sooner where newer
// evidence contradicts it: a load that is carried halves the trouble at and below it in 20 minutes, and trouble halves
// what was carried at and above it in 20 minutes · (load carried / load in trouble)². The square, because a limit that
// falls a little is common and one that falls to a third is rare, where a backend that fails at night is not. After a
// week of service a limit that falls by a quarter is believed within two hours, and an outage of two hours at half the
// load is not.
//
// Loads are put into 24 buckets between two bounds, in equal ratios. A value type, not thread-safe; the same calls give
// the same answers. Less than 900 bytes; each call is O(24).
#pragma once

#include <array>
#include <chrono>
#include <optional>

namespace dso::decide {

class LoadEvidence {
 public:
  using Seconds = std::chrono::duration<double>;

  // Precondition: 0 < min <= max < infinity.
  LoadEvidence(double min, double max);

  // Precondition of both: load > 0, time >= 0, both finite. Trouble outside (min, max] says nothing of the loads
  // between and is left out; so is what was carried below min, and above max it counts as max.
  void NoteCarried(double load, Seconds time);
  void NoteTrouble(double load, Seconds time);
  // As if `load` had been carried, but not to be told to people as something seen.
  void NoteRemembered(double load, Seconds time);
  // Time passes whether or not there is anything to note.
  void Fade(Seconds time);

  struct Limits {
    std::optional<double> carried;  // the mean load of the bucket; its upper end if the limit is there
    Seconds carried_for{0};         // at that load or above it, what has faded left out; 0 if it is only remembered
    std::optional<double> trouble_from;
  };
  Limits Find() const;

 private:
  static constexpr size_t kBuckets = 24;
  struct Bucket {
    Seconds carried{0};
    Seconds remembered{0};
    Seconds trouble{0};
    double mean_carried = 0;  // load; of what is remembered, too
  };

  size_t BucketOf(double load) const;
  void AddCarried(double load, Seconds time, Seconds Bucket::*kind);
  double LowerEnd(size_t bucket) const;

  double min_;
  double max_;
  double log_ratio_;  // of one bucket's ends; 0 if min == max
  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace dso::decide
