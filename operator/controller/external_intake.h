// Asks the external forecasters that services pick, each service about once a minute, in the background: nothing waits
// for an answer, and a decision takes the newest there is. Loop thread only.
//
// Of each forecaster so many requests are under way at once as its configuration allows, and one Fit. One that does not
// answer is left alone for a while (rpc/circuit_breaker.h). One that answers, with whatever error, is no concern of the
// breaker: what one series has is not to keep the others waiting.
//
// A standby asks as well, so that it has judged for itself when its turn comes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/async.h"
#include "controller/cluster_cache.h"
#include "controller/pool_book.h"
#include "rpc/circuit_breaker.h"
#include "rpc/forecaster_client.h"
#include "rpc/forecaster_config.h"
#include "telemetry/metrics.h"

namespace dso::controller {

// One that the administrator has named, and how it is reached.
struct ConfiguredForecaster {
  rpc::ForecasterConfig config;
  std::shared_ptr<rpc::ForecasterClient> client;
};

class ExternalIntake {
 public:
  // `updated` is called for each service about which something new is known.
  ExternalIntake(Loop& loop, telemetry::Metrics& metrics, Records& records,
                 std::vector<ConfiguredForecaster> forecasters, std::function<void(const kube::ObjectKey&)> updated);

  // Starts to ask whatever is due. To be called once a sync period.
  void Ask(std::stop_token stop);
  // Ends when nobody is asked any more.
  Task<void> Drain() { return under_way_.Wait(); }

 private:
  struct Endpoint {
    Endpoint(Loop& loop, ConfiguredForecaster configured)
        : config(std::move(configured.config)),
          client(std::move(configured.client)),
          predicting(loop, config.max_concurrent_requests),
          fitting(loop, 1) {}

    const rpc::ForecasterConfig config;
    const std::shared_ptr<rpc::ForecasterClient> client;
    rpc::CircuitBreaker breaker;
    Semaphore predicting;
    Semaphore fitting;
  };
  // One service and what it picks, as it was when it was asked about.
  struct Subject {
    kube::ObjectKey key;
    std::shared_ptr<ExternalRecord> external;
    Endpoint* endpoint;
  };
  enum class Outcome { kPredicted, kNotFitted, kFailed };

  bool IsDue(const ServiceRecord& record) const;
  void Begin(const kube::ObjectKey& key, std::shared_ptr<ExternalRecord> external, std::stop_token stop);
  Task<void> AskAbout(Subject subject, std::stop_token stop);
  Task<void> Question(Subject subject, std::stop_token stop);
  Task<void> Fit(Subject subject, std::stop_token stop);
  Task<Outcome> Predict(Subject subject, std::stop_token stop);

  // The record, if the service still asks what it asked then; else null.
  ServiceRecord* Current(const Subject& subject) const;
  // Whether the forecaster may be asked at all; notes why not.
  bool MayAsk(const Subject& subject);
  void Count(Endpoint& endpoint, const char* method, const Error* error);
  void NoteFailure(const Subject& subject, const Error& error);
  void SetProblem(const kube::ObjectKey& key, ExternalRecord& external, Verdict problem);

  Loop& loop_;
  telemetry::Metrics& metrics_;
  Records& records_;
  std::map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  std::function<void(const kube::ObjectKey&)> updated_;
  WaitGroup under_way_;
};

}  // namespace dso::controller
