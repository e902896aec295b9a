#include "controller/external_intake.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace dso::controller {
namespace {

constexpr milliseconds kShortestPathStep = seconds(1);
constexpr milliseconds kLongestPathStep = std::chrono::minutes(1);
// A model that is forgotten at once would be sent its history every minute.
constexpr milliseconds kShortestFitPause = std::chrono::minutes(1);
constexpr milliseconds kLongestFitPause = std::chrono::minutes(30);
// A model may learn in the background: so long it is not sent its history again, then twice as long, up to an hour.
constexpr milliseconds kBackgroundFit = std::chrono::minutes(10);
constexpr milliseconds kLongestBackgroundFit = std::chrono::hours(1);
constexpr int kMostDoublings = 10;

milliseconds Doubled(milliseconds first, int times, milliseconds most) {
  return std::min(first * (int64_t{1} << std::min(times, kMostDoublings)), most);
}

milliseconds PathStepFor(milliseconds lead) {
  const milliseconds step = std::chrono::floor<seconds>(lead / 5);
  return std::clamp(step, kShortestPathStep, kLongestPathStep);
}

// The lead, and until the next answer: the newest one always covers the lead of now.
milliseconds HorizonFor(const ExternalRecord& external) {
  const milliseconds step = PathStepFor(external.lead);
  const int64_t steps = (external.lead + external.period + step - milliseconds(1)) / step;
  return step * steps;
}

rpc::ForecastSeries SeriesOf(const kube::ObjectKey& key, const ExternalRecord& external) {
  return {.namespace_name = key.ns, .service = key.name, .unit = external.demand.unit};
}

bool WantsFit(const ExternalRecord& external, const rpc::ForecasterConfig& config, SteadyTime now) {
  const bool refit = external.fitted_at && now - *external.fitted_at >= config.refit_interval;
  return (external.wants_fit || refit) && now >= external.next_fit_at;
}

decide::ExternalAnswer AnswerOf(const rpc::Prediction& prediction, WallTime asked_at, milliseconds period) {
  decide::ExternalAnswer answer{.asked_at = asked_at, .path = {}};
  answer.good_for = std::max(answer.good_for, 2 * period);
  for (const rpc::PredictedPoint& point : prediction.path) {
    answer.path.push_back({point.at, point.expected, std::max(point.expected, point.quantiles.front())});
  }
  return answer;
}

// As gRPC names it.
std::string_view CodeOf(const Error* error) {
  if (error == nullptr) return "OK";
  return error->code == ErrorCode::kConflict ? "FailedPrecondition" : ToString(error->code);
}

// Whether it says that the forecaster is not there.
bool IsAbsence(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kDeadlineExceeded;
}

}  // namespace

ExternalIntake::ExternalIntake(Loop& loop, telemetry::Metrics& metrics, Records& records,
                               std::vector<ConfiguredForecaster> forecasters,
                               std::function<void(const kube::ObjectKey&)> updated)
    : loop_(loop), metrics_(metrics), records_(records), updated_(std::move(updated)) {
  for (ConfiguredForecaster& forecaster : forecasters) {
    const std::string name = forecaster.config.name;
    endpoints_.emplace(name, std::make_unique<Endpoint>(loop, std::move(forecaster)));
  }
}

bool ExternalIntake::IsDue(const ServiceRecord& record) const {
  if (!record.external || record.external->asking) return false;
  const auto& asked_at = record.external->asked_at;
  // It was asked a little after that sync began: half a period of them is not waited for another one.
  return !asked_at || loop_.Now() - *asked_at + record.sync_period / 2 >= record.external->period;
}

void ExternalIntake::Ask(std::stop_token stop) {
  std::vector<std::pair<kube::ObjectKey, std::shared_ptr<ExternalRecord>>> due;
  for (const auto& [key, record] : records_) {
    if (IsDue(*record)) due.emplace_back(key, record->external);
  }
  // Who has waited longest comes first: of several it is not always the same one that probes a forecaster which is
  // away.
  std::sort(due.begin(), due.end(), [](const auto& a, const auto& b) {
    return a.second->asked_at.value_or(SteadyTime::min()) < b.second->asked_at.value_or(SteadyTime::min());
  });
  for (auto& [key, external] : due) Begin(key, std::move(external), stop);
}

void ExternalIntake::Begin(const kube::ObjectKey& key, std::shared_ptr<ExternalRecord> external, std::stop_token stop) {
  const auto found = endpoints_.find(external->forecaster);
  if (found == endpoints_.end()) {
    return SetProblem(
        key, *external,
        Verdict::False("NotConfigured", fmt::format("The operator's configuration names no forecaster \"{}\": ask its "
                                                    "administrator, or set spec.prediction.model to Auto.",
                                                    external->forecaster)));
  }
  Endpoint& endpoint = *found->second;
  if (!rpc::IsAllowed(endpoint.config, key.ns)) {
    return SetProblem(
        key, *external,
        Verdict::False("NotAllowed", fmt::format("The forecaster \"{}\" is for services of other namespaces: ask the "
                                                 "operator's administrator, or set spec.prediction.model to Auto.",
                                                 external->forecaster)));
  }
  if (!external->series.known()) return;
  Spawn(AskAbout({key, std::move(external), &endpoint}, stop));
}

Task<void> ExternalIntake::AskAbout(Subject subject, std::stop_token stop) {
  const WaitGroup::Entry under_way = under_way_.Enter();
  subject.external->asking = true;
  try {
    co_await Question(subject, stop);
  } catch (const std::exception& e) {
    LogError("asking a forecaster threw, this is a bug", {{"service", subject.key.ToString()}, {"error", e.what()}});
    subject.external->asked_at = loop_.Now();
  }
  subject.external->asking = false;
  if (Current(subject) != nullptr && !stop.stop_requested()) updated_(subject.key);
}

Task<void> ExternalIntake::Question(Subject subject, std::stop_token stop) {
  const ExternalRecord& external = *subject.external;
  if (WantsFit(external, subject.endpoint->config, loop_.Now())) co_await Fit(subject, stop);
  if (!external.fitted_at || Current(subject) == nullptr || stop.stop_requested()) co_return;
  Outcome outcome = co_await Predict(subject, stop);
  const bool again = outcome == Outcome::kNotFitted && WantsFit(external, subject.endpoint->config, loop_.Now());
  if (!again || Current(subject) == nullptr || stop.stop_requested()) co_return;
  co_await Fit(subject, stop);
  if (external.wants_fit || Current(subject) == nullptr || stop.stop_requested()) co_return;
  outcome = co_await Predict(subject, stop);
}

Task<void> ExternalIntake::Fit(Subject subject, std::stop_token stop) {
  Endpoint& endpoint = *subject.endpoint;
  const Semaphore::Permit place = co_await endpoint.fitting.Acquire();
  ExternalRecord& external = *subject.external;
  if (Current(subject) == nullptr || stop.stop_requested() || !MayAsk(subject)) co_return;
  external.asked_at = loop_.Now();
  rpc::FitRequest request{.series = SeriesOf(subject.key, external),
                          .history = external.series.History(loop_.WallNow()),
                          .time_zone = external.time_zone,
                          .horizon = HorizonFor(external),
                          .quantiles = {external.quantile}};
  const WallTime known_until = loop_.WallNow();
  const Result<std::string> fitted =
      co_await endpoint.client->Fit(std::move(request), endpoint.config.fit_timeout, stop);
  Count(endpoint, "Fit", fitted ? nullptr : &fitted.error());
  // One that is away is the circuit breaker's.
  const bool is_away = !fitted && IsAbsence(fitted.error());
  if (!is_away) {
    external.next_fit_at = loop_.Now() + Doubled(kShortestFitPause, external.fits_in_vain++, kLongestFitPause);
  }
  if (!fitted) {
    NoteFailure(subject, fitted.error());
    co_return;
  }
  external.model = *fitted;
  external.wants_fit = false;
  external.fitted_at = loop_.Now();
  external.fitted_at_wall = known_until;
}

Task<ExternalIntake::Outcome> ExternalIntake::Predict(Subject subject, std::stop_token stop) {
  Endpoint& endpoint = *subject.endpoint;
  const Semaphore::Permit place = co_await endpoint.predicting.Acquire();
  ExternalRecord& external = *subject.external;
  if (Current(subject) == nullptr || stop.stop_requested() || !MayAsk(subject)) co_return Outcome::kFailed;
  external.asked_at = loop_.Now();
  const WallTime asked_at = loop_.WallNow();
  rpc::PredictRequest request{.series = SeriesOf(subject.key, external),
                              .recent = external.series.Recent(asked_at, external.fitted_at_wall),
                              .horizon = HorizonFor(external),
                              .step = PathStepFor(external.lead),
                              .quantiles = {external.quantile}};
  const Result<rpc::Prediction> predicted =
      co_await endpoint.client->Predict(std::move(request), endpoint.config.timeout, stop);
  Count(endpoint, "Predict", predicted ? nullptr : &predicted.error());
  ServiceRecord* const record = Current(subject);
  if (record == nullptr) co_return Outcome::kFailed;
  if (!predicted) {
    NoteFailure(subject, predicted.error());
    if (predicted.error().code == ErrorCode::kNotFound) {
      external.wants_fit = true;
      co_return Outcome::kNotFitted;
    }
    if (predicted.error().code == ErrorCode::kConflict) {
      // It may still be at it.
      external.wants_fit = true;
      const milliseconds patience =
          Doubled(kBackgroundFit, std::max(external.fits_in_vain - 1, 0), kLongestBackgroundFit);
      external.next_fit_at = std::max(external.next_fit_at, *external.fitted_at + patience);
      co_return Outcome::kNotFitted;
    }
    co_return Outcome::kFailed;
  }
  external.model = predicted->model;
  external.answer = AnswerOf(*predicted, asked_at, external.period);
  external.problem.reset();
  external.fits_in_vain = 0;
  std::optional<double> built_in;
  if (record->learner) {
    if (const auto point = record->learner->forecaster().ForecastAt(asked_at + external.lead)) {
      built_in = point->expected;
    }
  }
  external.judge.Remember(*external.answer, built_in);
  co_return Outcome::kPredicted;
}

ServiceRecord* ExternalIntake::Current(const Subject& subject) const {
  const auto found = records_.find(subject.key);
  return found == records_.end() || found->second->external != subject.external ? nullptr : found->second.get();
}

bool ExternalIntake::MayAsk(const Subject& subject) {
  if (subject.endpoint->breaker.Allow(loop_.Now())) return true;
  // It is due still, and has its turn when the forecaster is asked again.
  if (subject.external->problem && subject.external->problem->reason == "Unavailable") return false;
  NoteFailure(subject, {ErrorCode::kUnavailable, "requests for other services have failed"});
  return false;
}

void ExternalIntake::Count(Endpoint& endpoint, const char* method, const Error* error) {
  metrics_.CountForecasterRequest(endpoint.config.name, method, CodeOf(error));
  if (error == nullptr || (!IsAbsence(*error) && error->code != ErrorCode::kCancelled)) {
    endpoint.breaker.Succeeded();
  } else if (error->code == ErrorCode::kCancelled) {
    endpoint.breaker.Abandoned();
  } else {
    endpoint.breaker.Failed(loop_.Now());
  }
}

void ExternalIntake::NoteFailure(const Subject& subject, const Error& error) {
  if (error.code == ErrorCode::kCancelled) return;
  const rpc::CircuitBreaker& breaker = subject.endpoint->breaker;
  const std::string& name = subject.external->forecaster;
  if (IsAbsence(error)) {
    const std::string pause = breaker.is_open()
                                  ? fmt::format(
                                        " After {} failures in a row the circuit breaker is open: it is asked "
                                        "once in {} at most.",
                                        rpc::CircuitBreaker::kFailuresToOpen, FormatDuration(breaker.pause()))
                                  : std::string();
    return SetProblem(
        subject.key, *subject.external,
        Verdict::False("Unavailable",
                       fmt::format("The forecaster \"{}\" does not answer: {}. The built-in forecast goes "
                                   "on without it.{}",
                                   name, error.message, pause)));
  }
  if (error.code == ErrorCode::kConflict) {
    return SetProblem(subject.key, *subject.external,
                      Verdict::Unknown("Fitting", fmt::format("The forecaster \"{}\" has the history and does not "
                                                              "predict yet: {}.",
                                                              name, error.message)));
  }
  SetProblem(subject.key, *subject.external,
             Verdict::False("Failed", fmt::format("The forecaster \"{}\" answers with {}: {}. The built-in forecast "
                                                  "goes on without it.",
                                                  name, ToString(error.code), error.message)));
}

void ExternalIntake::SetProblem(const kube::ObjectKey& key, ExternalRecord& external, Verdict problem) {
  const bool is_news = !external.problem || external.problem->message != problem.message;
  external.problem = std::move(problem);
  if (!is_news) return;
  LogWarning("an external forecaster does not help",
             {{"service", key.ToString()}, {"reason", external.problem->reason}, {"error", external.problem->message}});
  if (!external.asking) updated_(key);
}

}  // namespace dso::controller
