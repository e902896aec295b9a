// Spares a server that does not answer, and those who wait for it: after some failures in a row nobody asks it for a
// while, then one does, and if that fails the while is twice as long.
//
//   closed ──3 failures in a row──▶ open (30 s, then 1, 2, 4, 5 min) ──time──▶ half open: one probe
//      ▲───────────────────────────── the probe succeeds ─────────────────────────┘ or fails: open
//
// A value type: no I/O, no clock. Not thread-safe.
#pragma once

#include "base/time.h"

namespace dso::rpc {

class CircuitBreaker {
 public:
  static constexpr int kFailuresToOpen = 3;
  static constexpr milliseconds kShortestPause = seconds(30);
  static constexpr milliseconds kLongestPause = std::chrono::minutes(5);

  // Whether it may be asked at `now`. True obliges: one of the three below has to follow.
  bool Allow(SteadyTime now);

  void Succeeded();
  void Failed(SteadyTime now);
  // The request said nothing about the server: it was cancelled.
  void Abandoned() { probing_ = false; }

  bool is_open() const { return open_; }
  // How long nobody asks after the last failure; 0 while it is closed.
  milliseconds pause() const { return open_ ? pause_ : milliseconds(0); }

 private:
  int failures_ = 0;  // in a row
  bool open_ = false;
  bool probing_ = false;
  milliseconds pause_{0};
  SteadyTime until_{};
};

}  // namespace dso::rpc
