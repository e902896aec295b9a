#include "controller/demand_intake.h"

#include <algorithm>

#include "api/query_template.h"
#include "base/log.h"
#include "controller/capacity_figures.h"
#include "controller/forecasting.h"
#include "controller/preset.h"
#include "controller/take_reading.h"

namespace dso::controller {
namespace {

constexpr milliseconds kShortestHistoryRetry = seconds(5);
constexpr milliseconds kLongestHistoryRetry = std::chrono::minutes(5);
constexpr int kDoublingsToLongest = 6;
// A server works on so many histories at once. Who has many services with a history each of its own, or changes a spec
// over and over, must not keep the questions about the demand of all others waiting.
constexpr int kMostHistoriesAtOnce = 3;
// What the score is about.
constexpr milliseconds kScoredPast = std::chrono::days(7);

// Hands the points of one load to the learners that it is for.
class IntoLearners final : public prom::HistorySink {
 public:
  using Find = std::function<ServiceRecord*(const prom::ServiceKey&)>;
  IntoLearners(uint64_t load, WallTime scored_from, Find find)
      : load_(load), scored_from_(scored_from), find_(std::move(find)) {}

  void OnPoints(const prom::ServiceKey& service, std::span<const prom::Point> points) override {
    ServiceRecord* const record = find_(service);
    if (record == nullptr || record->history != HistoryState::kLoading || record->history_load != load_) return;
    for (const prom::Point& point : points) {
      record->next_learner->LearnPast(point.at, point.value, record->events.calendar, scored_from_);
      if (record->external) {
        record->external->series.LearnPast(point.at, point.value / record->events.calendar.MultiplierAt(point.at));
      }
    }
  }

 private:
  uint64_t load_;
  WallTime scored_from_;
  Find find_;
};

// A history with a warning may have holes where it had data: better none than a forecast that is too low.
std::optional<Error> FailureOf(const prom::Answer<prom::RangeSummary>& answer) {
  if (!answer) return answer.error();
  if (answer->notes.warnings.empty()) return std::nullopt;
  return Error{ErrorCode::kUnavailable, "the history came with a warning: " + answer->notes.warnings.front()};
}

// Oldest first.
std::vector<prom::HistoryRequest> RequestsFor(const decide::HistoryPlan& plan, const std::string& server,
                                              WallTime now) {
  const WallTime recent = now - plan.recent_length;
  std::vector<prom::HistoryRequest> requests;
  if (plan.length > plan.recent_length) {
    requests.push_back({server, {now - plan.length, recent - plan.recent_step}, plan.step});
  }
  requests.push_back({server, {recent, now}, plan.recent_step});
  return requests;
}

}  // namespace

DemandIntake::DemandIntake(Loop& loop, prom::DemandSource& source, telemetry::Metrics& metrics,
                           telemetry::Health& health, const ClusterCache& cache, Records& records,
                           std::function<void(const kube::ObjectKey&)> updated)
    : loop_(loop),
      source_(source),
      metrics_(metrics),
      health_(health),
      cache_(cache),
      records_(records),
      updated_(std::move(updated)),
      not_reached_yet_(source.ServerNames()) {
  health_.SetReady(kDemandCheck, not_reached_yet_.empty(), "Prometheus is asked once the caches are synced");
}

Task<void> DemandIntake::ReadDemand(std::stop_token stop) {
  Wanted wanted = WantedDemand();
  std::vector<Task<void>> questions;
  for (const std::string& server : not_reached_yet_) {
    // Nobody may be asking this server anything: whether it can be reached is to be known all the same.
    wanted.groups.try_emplace({server, prom::Preset::kDeepseek});
  }
  for (auto& [group, keys] : wanted.groups) questions.push_back(ReadGroup(group, std::move(keys), stop));
  for (kube::ObjectKey& key : wanted.custom) questions.push_back(ReadCustom(std::move(key), stop));
  co_await WhenAll(std::move(questions));
}

void DemandIntake::StartHistories(std::stop_token stop) {
  Wanted wanted = WantedHistories();
  for (auto& [group, keys] : wanted.groups) {
    const uint64_t load = BeginLoad(keys);
    Spawn(ReadGroupHistory(group, std::move(keys), load, stop));
  }
  for (const kube::ObjectKey& key : wanted.custom) {
    const uint64_t load = BeginLoad({key});
    Spawn(ReadCustomHistory(key, load, stop));
  }
}

DemandIntake::Wanted DemandIntake::WantedDemand() const {
  Wanted wanted;
  for (const auto& [key, record] : records_) {
    const api::ServiceSpec* const spec = SpecOf(key);
    if (spec == nullptr || !record->learned_for) continue;
    if (spec->demand->preset) {
      wanted.groups[{spec->demand->prometheus, PresetOf(*spec->demand->preset)}].push_back(key);
    } else {
      wanted.custom.push_back(key);
    }
  }
  return wanted;
}

DemandIntake::Wanted DemandIntake::WantedHistories() const {
  Wanted wanted;
  for (const auto& [key, record] : records_) {
    if (!record->learned_for || record->history != HistoryState::kWanted || record->history_retry_at > loop_.Now())
      continue;
    const api::DemandSpec& demand = record->learned_for->demand;
    if (demand.preset) {
      const decide::HistoryPlan plan = decide::HistoryFor(record->learned_for->prediction);
      wanted.groups[{demand.prometheus, PresetOf(*demand.preset), plan}].push_back(key);
    } else {
      wanted.custom.push_back(key);
    }
  }
  return wanted;
}

uint64_t DemandIntake::BeginLoad(const std::vector<kube::ObjectKey>& keys) {
  const uint64_t load = ++last_load_;
  for (const kube::ObjectKey& key : keys) {
    ServiceRecord& record = *RecordOf(key);
    record.history = HistoryState::kLoading;
    record.history_load = load;
  }
  return load;
}

Task<void> DemandIntake::ReadGroup(Group group, std::vector<kube::ObjectKey> keys, std::stop_token stop) {
  const bool with_response_times = std::any_of(keys.begin(), keys.end(), [this](const kube::ObjectKey& key) {
    const api::ServiceSpec* const spec = SpecOf(key);
    const api::CapacityFormula* const formula = spec == nullptr ? nullptr : MeasuredFormula(*spec);
    return formula != nullptr && !formula->average_response_time;
  });
  std::vector<Asked> asked;
  for (kube::ObjectKey& key : keys) {
    api::DemandSpec demand = RecordOf(key)->learned_for->demand;
    asked.push_back({std::move(key), std::move(demand)});
  }
  prom::Answer<prom::PresetReadings> answer =
      co_await source_.FetchPreset(group.server, group.preset, with_response_times, stop);
  Count(group.server, answer.reason());
  ReportServer(group.server, answer);
  for (const Asked& question : asked) {
    const prom::ServiceKey service{question.key.ns, question.key.name};
    Take(question, answer ? answer->Of(service) : prom::Reading::Missing(answer.failure()),
         answer ? answer->at : loop_.WallNow());
  }
}

Task<void> DemandIntake::ReadCustom(kube::ObjectKey key, std::stop_token stop) {
  const Asked asked{key, RecordOf(key)->learned_for->demand};
  const WallTime at = loop_.WallNow();
  auto query = api::ExpandQuery(asked.demand.query, key.ns, key.name);
  prom::Reading reading;
  if (query) {
    reading = co_await source_.FetchCustom(asked.demand.prometheus, *std::move(query), stop);
  } else {
    reading = prom::Reading::Missing(prom::MakeFailure(prom::Reason::kBadQuery, query.error().message));
  }
  Count(asked.demand.prometheus, reading.reason);
  Take(asked, std::move(reading), at);
}

void DemandIntake::Take(const Asked& asked, prom::Reading reading, WallTime at) {
  ServiceRecord* const record = RecordOf(asked.key);
  // The spec may ask for something else by now, in another unit.
  if (record == nullptr || record->learned_for->demand != asked.demand) return;
  const auto& preset = asked.demand.preset;
  const milliseconds averaged_over = preset ? prom::WindowOf(PresetOf(*preset)) : prom::kRateWindow;
  TakeReading(std::move(reading), at, averaged_over, loop_.Now(), *record);
  updated_(asked.key);
}

Task<void> DemandIntake::ReadGroupHistory(Group group, std::vector<kube::ObjectKey> keys, uint64_t load,
                                          std::stop_token stop) {
  const WaitGroup::Entry under_way = histories_.Enter();
  const Semaphore::Permit place = co_await PlacesAt(group.server).Acquire();
  if (!IsWanted(keys, load)) co_return;
  IntoLearners sink(load, loop_.WallNow() - kScoredPast, [this](const prom::ServiceKey& service) {
    return RecordOf({service.namespace_name, service.name});
  });
  std::optional<Error> failure;
  std::vector<prom::HistoryRequest> requests = RequestsFor(group.history, group.server, loop_.WallNow());
  for (prom::HistoryRequest& request : requests) {
    const auto answer = co_await source_.FetchHistory(std::move(request), group.preset, sink, stop);
    Count(group.server, answer.reason());
    failure = FailureOf(answer);
    if (failure) break;
  }
  FinishHistories(keys, load, failure);
}

Task<void> DemandIntake::ReadCustomHistory(kube::ObjectKey key, uint64_t load, std::stop_token stop) {
  const WaitGroup::Entry under_way = histories_.Enter();
  const LearningKey learned = *RecordOf(key)->learned_for;
  const std::vector<kube::ObjectKey> keys(1, key);
  const Semaphore::Permit place = co_await PlacesAt(learned.demand.prometheus).Acquire();
  if (!IsWanted(keys, load)) co_return;
  std::optional<Error> failure;
  auto query = api::ExpandQuery(learned.demand.query, key.ns, key.name);
  if (query) {
    IntoLearners sink(load, loop_.WallNow() - kScoredPast,
                      [this, &key](const prom::ServiceKey&) { return RecordOf(key); });
    const decide::HistoryPlan plan = decide::HistoryFor(learned.prediction);
    std::vector<prom::HistoryRequest> requests = RequestsFor(plan, learned.demand.prometheus, loop_.WallNow());
    for (prom::HistoryRequest& request : requests) {
      const auto answer = co_await source_.FetchCustomHistory(std::move(request), *query, sink, stop);
      Count(learned.demand.prometheus, answer.reason());
      failure = FailureOf(answer);
      if (failure) break;
    }
  } else {
    failure = query.error();
  }
  FinishHistories(keys, load, failure);
}

bool DemandIntake::IsWanted(const std::vector<kube::ObjectKey>& keys, uint64_t load) const {
  return std::any_of(keys.begin(), keys.end(), [&](const kube::ObjectKey& key) {
    const ServiceRecord* const record = RecordOf(key);
    return record != nullptr && record->history == HistoryState::kLoading && record->history_load == load;
  });
}

Semaphore& DemandIntake::PlacesAt(const std::string& server) {
  return places_.try_emplace(server, loop_, kMostHistoriesAtOnce).first->second;
}

void DemandIntake::FinishHistories(const std::vector<kube::ObjectKey>& keys, uint64_t load,
                                   const std::optional<Error>& failure) {
  if (failure && failure->code != ErrorCode::kCancelled) {
    LogWarning("cannot read a history", {{"services", std::to_string(keys.size())}, {"error", failure->message}});
  }
  for (const kube::ObjectKey& key : keys) {
    ServiceRecord* const record = RecordOf(key);
    if (record == nullptr || record->history != HistoryState::kLoading || record->history_load != load) continue;
    if (failure) {
      record->history = HistoryState::kWanted;
      record->history_problem = failure->message;
      const int doublings = std::min(record->history_failures++, kDoublingsToLongest);
      record->history_retry_at = loop_.Now() + std::min(kShortestHistoryRetry * (1 << doublings), kLongestHistoryRetry);
      record->next_learner = NewLearner(*record);
      if (record->external) {
        record->external->series.BeginHistory(decide::HistoryFor(record->learned_for->prediction));
      }
    } else {
      record->history = HistoryState::kLoaded;
      record->learner = std::move(record->next_learner);
      if (record->external) {
        record->external->series.FinishHistory();
        record->external->wants_fit = true;
      }
      record->history_problem.clear();
      record->history_failures = 0;
    }
    updated_(key);
  }
}

Task<void> DemandIntake::Drain() { return histories_.Wait(); }

// Ready once every server has answered: what a server says later is a matter of each service's conditions.
void DemandIntake::ReportServer(const std::string& server, const Result<prom::PresetReadings>& answer) {
  if (not_reached_yet_.empty() || !not_reached_yet_.contains(server)) return;
  if (answer) {
    not_reached_yet_.erase(server);
    LogInfo("Prometheus answers", {{"server", server}});
    health_.SetReady(kDemandCheck, not_reached_yet_.empty(), "not all Prometheus servers have answered yet");
  } else {
    LogWarning("Prometheus does not answer, trying again", {{"server", server}, {"error", answer.error().message}});
    health_.SetReady(kDemandCheck, false, answer.error().message);
  }
}

void DemandIntake::Count(const std::string& server, prom::Reason reason) {
  // Its name is whatever a spec says: no series for each.
  if (reason == prom::Reason::kUnknownServer) return;
  metrics_.CountPrometheusQuery(server, reason == prom::Reason::kNone ? "Success" : ToString(reason));
}

const api::ServiceSpec* DemandIntake::SpecOf(const kube::ObjectKey& key) const {
  const auto cached = cache_.services.Get(key);
  // The store keeps the object alive as long as nothing of it is awaited on.
  return cached && cached->service.spec ? &*cached->service.spec : nullptr;
}

ServiceRecord* DemandIntake::RecordOf(const kube::ObjectKey& key) const {
  const auto found = records_.find(key);
  return found == records_.end() || !found->second->learned_for ? nullptr : found->second.get();
}

}  // namespace dso::controller
