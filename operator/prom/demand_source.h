// The demand of all services, from the Prometheus servers that the administrator has named: what is now, and what was.
//
// Loop thread only. The loop and the transports must outlive the source, and the source its tasks. Each server answers
// at most maxConcurrentQueries requests at once, custom queries and histories included.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/loop.h"
#include "base/task.h"
#include "http/transport.h"
#include "prom/backends.h"
#include "prom/client.h"
#include "prom/pod_values.h"
#include "prom/presets.h"
#include "prom/reading.h"
#include "prom/reason.h"
#include "prom/server_config.h"

namespace dso::prom {

// Two minutes, as long as a rate looks back, and one scrape at the usual interval of 30 s.
inline constexpr seconds kDefaultMaxSampleAge = kRateWindow + seconds(30);

// Receives a history. Points are finite, not negative and oldest first; a gap is time without data, not zero. RangeSink
// says what has been seen after a failure.
class HistorySink {
 public:
  virtual ~HistorySink() = default;
  // `service` is empty for a custom query. What is passed lives until the call returns.
  virtual void OnPoints(const ServiceKey& service, std::span<const Point> points) = 0;
  virtual void OnChunkEnd(WallTime complete_until) { static_cast<void>(complete_until); }
};

struct HistoryRequest {
  std::string server;
  TimeRange range;  // points at range.start, range.start + step, …
  milliseconds step{};
};

class DemandSource {
 public:
  // Presets and backends are asked about for the services of `namespaces` only; for all if there are none.
  explicit DemandSource(Loop& loop, std::vector<std::string> namespaces = {},
                        milliseconds max_sample_age = kDefaultMaxSampleAge)
      : loop_(loop), namespaces_(std::move(namespaces)), max_sample_age_(max_sample_age) {}

  // kInvalidArgument for a configuration that does not validate, kAlreadyExists for a name that is taken.
  Status AddServer(ServerConfig config, http::HttpTransport& transport);
  std::set<std::string> ServerNames() const;
  // Why a server takes no query of a service's own; nothing if it does.
  std::optional<Failure> CustomRefusal(std::string_view server);

  // All services of a preset on a server, in one query each for what PresetQueries has, which run concurrently and are
  // evaluated at the same moment; for the response times, which look back an hour, only `with_response_times`. Fails as
  // a whole if demand, freshness or targets fails; what else fails is unset in the readings.
  Task<Answer<PresetReadings>> FetchPreset(std::string server, Preset preset, bool with_response_times,
                                           std::stop_token stop);

  // All backends of an exporter on a server, in one query each for what BackendQueries has, which run concurrently and
  // are evaluated at the same moment. Fails as a whole if one of them fails.
  Task<Answer<BackendReadings>> FetchBackends(std::string server, Exporter exporter, std::stop_token stop);

  // One service's own query, its placeholders filled in. A failure is a missing reading.
  Task<Reading> FetchCustom(std::string server, std::string expr, std::stop_token stop);

  // One service's own query that has a series for each pod, its placeholders filled in.
  Task<Answer<PodValues>> FetchByPod(std::string server, std::string expr, std::stop_token stop);

  // The past of all services of a preset, a time chunk at a time, oldest first: at most kMaxPointsPerSeries points a
  // series and about kMaxPointsPerAnswer in all, sized by the number of services with demand at both ends of the range
  // and by what has come so far.
  Task<Answer<RangeSummary>> FetchHistory(HistoryRequest request, Preset preset, HistorySink& sink,
                                          std::stop_token stop);

  // The past of one service's own query. Fails with kSeveralSeries if a chunk has more than one.
  Task<Answer<RangeSummary>> FetchCustomHistory(HistoryRequest request, std::string expr, HistorySink& sink,
                                                std::stop_token stop);

 private:
  Answer<Client*> Find(std::string_view server);
  Answer<Client*> FindForCustom(std::string_view server);

  Loop& loop_;
  const std::vector<std::string> namespaces_;
  const milliseconds max_sample_age_;
  std::map<std::string, std::unique_ptr<Client>, std::less<>> clients_;
};

}  // namespace dso::prom
