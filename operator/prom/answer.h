// What Prometheus' HTTP API answers, as values (https://prometheus.io/docs/prometheus/latest/querying/api/).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/time.h"

namespace dso::prom {

using Labels = std::map<std::string, std::string>;

struct Point {
  WallTime at{};
  double value = 0;  // may be NaN or infinite: Prometheus sends both
};

struct Series {
  Labels labels{};
  std::vector<Point> points{};  // strictly ascending in time; exactly one in an instant answer
};

// Of a server that answered, but not without reservation. A warning says that data may be missing (a store of Thanos is
// away); an info is a hint about the query.
struct Notes {
  std::vector<std::string> warnings{};
  std::vector<std::string> infos{};
};

// The time of a sample is the moment of the evaluation, not of the scrape: an instant query looks back up to five
// minutes.
struct InstantAnswer {
  std::vector<Series> series{};  // a scalar is one series without labels
  Notes notes{};
};

}  // namespace dso::prom
