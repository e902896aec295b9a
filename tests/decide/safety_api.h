// An API server with one HorizontalPodAutoscaler and one status, for the properties of a floor: a write is applied only
// if nothing has been written since the resourceVersion that it was decided on.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace dso::decide::test {

// An apply of the HPA on its way to the server.
struct HpaWrite {
  int writer = 0;  // which process
  int min_replicas = 0;
  int64_t resource_version = 0;  // that it was decided on
  SteadyTime sent_at{};
  SteadyTime arrives_at{};
};

class SafetyApi {
 public:
  static constexpr int kPerson = 0;  // a writer that is no operator

  struct Hpa {
    int min_replicas = 1;
    int64_t resource_version = 1;
    int writer = kPerson;  // of min_replicas
    SteadyTime written_at{};
  };

  explicit SafetyApi(int min_replicas) { hpa_.min_replicas = min_replicas; }

  const Hpa& hpa() const { return hpa_; }

  // False: a conflict.
  bool Apply(const HpaWrite& write) {
    if (write.resource_version != hpa_.resource_version) return false;
    hpa_ = {write.min_replicas, hpa_.resource_version + 1, write.writer, write.arrives_at};
    return true;
  }
  void ApplyByPerson(int min_replicas, SteadyTime now) {
    hpa_ = {min_replicas, hpa_.resource_version + 1, kPerson, now};
  }
  // The HPA controller writes its status.
  void Touch() { ++hpa_.resource_version; }

  std::optional<int> status_floor;  // applied without a resourceVersion, as the operator does

 private:
  Hpa hpa_;
};

}  // namespace dso::decide::test
