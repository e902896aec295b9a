#include "prom/demand_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/async.h"
#include "prom/history_filter.h"
#include "prom/single_value.h"

namespace dso::prom {
namespace {

// Sizes the first chunk when neither end of a history has a series: 500 points each, a few megabytes if there are ten
// times as many.
constexpr size_t kSeriesIfUnknown = 1000;

// Of a query that came with a service: its answer is one value, or one for each pod of the service. Every service may
// have such queries, and what they select is up to whoever wrote them.
constexpr size_t kMaxCustomAnswerBytes = size_t{1} << 20;
constexpr size_t kMaxPodAnswerBytes = size_t{8} << 20;

using OptionalAnswer = std::optional<Answer<InstantAnswer>>;

Task<void> Ask(Client& client, std::string expr, WallTime at, OptionalAnswer* answer, std::stop_token stop) {
  Answer<InstantAnswer> received = co_await client.Query(std::move(expr), at, stop);
  if (!received.ok()) {
    answer->emplace(received.failure());
  } else {
    answer->emplace(*std::move(received));
  }
}

std::optional<InstantAnswer> IfAnswered(OptionalAnswer answer) {
  if (!answer || !answer->ok()) return std::nullopt;
  return std::move(**answer);
}

// How many series `expr` has at a moment; 0 if it has none or the server does not say.
Task<Answer<size_t>> CountSeries(Client& client, std::string expr, WallTime at, std::stop_token stop) {
  const Answer<InstantAnswer> answer = co_await client.Query("count(" + expr + ")", at, stop);
  if (!answer.ok()) co_return answer.failure();
  const Answer<Point> count = SingleValue(*answer, at, milliseconds::max());
  if (!count.ok()) co_return size_t{0};
  co_return static_cast<size_t>(std::min(count->value, static_cast<double>(kMaxSeries)));
}

}  // namespace

Status DemandSource::AddServer(ServerConfig config, http::HttpTransport& transport) {
  if (Status status = Validate(config); !status) return status;
  std::string name = config.name;
  if (clients_.contains(name)) {
    return Error{ErrorCode::kAlreadyExists,
                 fmt::format("two Prometheus servers are named \"{}\": give each a name of its own.", name)};
  }
  clients_.emplace(std::move(name), std::make_unique<Client>(loop_, transport, std::move(config)));
  return {};
}

std::set<std::string> DemandSource::ServerNames() const {
  std::set<std::string> names;
  for (const auto& [name, client] : clients_) names.insert(name);
  return names;
}

Task<Answer<PresetReadings>> DemandSource::FetchPreset(std::string server, Preset preset, bool with_response_times,
                                                       std::stop_token stop) {
  const Answer<Client*> found = Find(server);
  if (!found.ok()) co_return found.failure();
  Client& client = **found;
  const LabelNames& labels = client.config().labels;
  const Result<PresetQueries> queries = RenderQueries(preset, labels, namespaces_);
  if (!queries) co_return MakeFailure(Reason::kBadQuery, queries.error().message);

  const WallTime at = loop_.WallNow();
  OptionalAnswer demand;
  OptionalAnswer freshness;
  OptionalAnswer targets;
  OptionalAnswer rejected;
  OptionalAnswer waiting;
  OptionalAnswer target_counts;
  OptionalAnswer response_time;
  std::vector<Task<void>> questions;
  questions.push_back(Ask(client, queries->demand, at, &demand, stop));
  questions.push_back(Ask(client, queries->freshness, at, &freshness, stop));
  questions.push_back(Ask(client, queries->targets, at, &targets, stop));
  questions.push_back(Ask(client, queries->target_counts, at, &target_counts, stop));
  if (queries->rejected) questions.push_back(Ask(client, *queries->rejected, at, &rejected, stop));
  if (queries->waiting) questions.push_back(Ask(client, *queries->waiting, at, &waiting, stop));
  if (with_response_times) questions.push_back(Ask(client, queries->response_time, at, &response_time, stop));
  co_await WhenAll(std::move(questions));

  for (const OptionalAnswer* needed : {&demand, &freshness, &targets}) {
    if (!(*needed)->ok()) co_return (*needed)->failure();
  }
  const PresetAnswers answers{.demand = std::move(**demand),
                              .freshness = std::move(**freshness),
                              .targets = std::move(**targets),
                              .rejected = IfAnswered(std::move(rejected)),
                              .waiting = IfAnswered(std::move(waiting)),
                              .target_counts = IfAnswered(std::move(target_counts)),
                              .response_time = IfAnswered(std::move(response_time))};
  co_return JudgePreset(preset, labels, answers, at, max_sample_age_);
}

Task<Answer<BackendReadings>> DemandSource::FetchBackends(std::string server, Exporter exporter, std::stop_token stop) {
  const Answer<Client*> found = Find(server);
  if (!found.ok()) co_return found.failure();
  Client& client = **found;
  const LabelNames& labels = client.config().labels;
  const Result<BackendQueries> queries = RenderBackendQueries(exporter, labels, namespaces_);
  if (!queries) co_return MakeFailure(Reason::kBadQuery, queries.error().message);

  const WallTime at = loop_.WallNow();
  OptionalAnswer in_use;
  OptionalAnswer limit;
  OptionalAnswer freshness;
  std::vector<Task<void>> questions;
  questions.push_back(Ask(client, queries->in_use, at, &in_use, stop));
  questions.push_back(Ask(client, queries->limit, at, &limit, stop));
  questions.push_back(Ask(client, queries->freshness, at, &freshness, stop));
  co_await WhenAll(std::move(questions));

  for (const OptionalAnswer* needed : {&in_use, &limit, &freshness}) {
    if (!(*needed)->ok()) co_return (*needed)->failure();
  }
  const BackendAnswers answers{
      .in_use = std::move(**in_use), .limit = std::move(**limit), .freshness = std::move(**freshness)};
  co_return JudgeBackends(labels, answers, at, max_sample_age_);
}

Task<Reading> DemandSource::FetchCustom(std::string server, std::string expr, std::stop_token stop) {
  const Answer<Client*> client = FindForCustom(server);
  if (!client.ok()) co_return Reading::Missing(client.failure());
  const WallTime at = loop_.WallNow();
  const Answer<InstantAnswer> answer = co_await (*client)->Query(std::move(expr), at, stop, kMaxCustomAnswerBytes);
  if (!answer.ok()) co_return Reading::Missing(answer.failure());
  co_return JudgeCustom(*answer, at, max_sample_age_);
}

Task<Answer<PodValues>> DemandSource::FetchByPod(std::string server, std::string expr, std::stop_token stop) {
  const Answer<Client*> client = FindForCustom(server);
  if (!client.ok()) co_return client.failure();
  const WallTime at = loop_.WallNow();
  const Answer<InstantAnswer> answer = co_await (*client)->Query(std::move(expr), at, stop, kMaxPodAnswerBytes);
  if (!answer.ok()) co_return answer.failure();
  co_return ValuesByPod(*answer);
}

Task<Answer<RangeSummary>> DemandSource::FetchHistory(HistoryRequest request, Preset preset, HistorySink& sink,
                                                      std::stop_token stop) {
  const Answer<Client*> found = Find(request.server);
  if (!found.ok()) co_return found.failure();
  Client& client = **found;
  const LabelNames& labels = client.config().labels;
  const Result<PresetQueries> queries = RenderQueries(preset, labels, namespaces_);
  if (!queries) co_return MakeFailure(Reason::kBadQuery, queries.error().message);

  // Services come and go: neither end alone says how many there were.
  size_t expected = 0;
  for (const WallTime end : {request.range.start, request.range.end}) {
    const Answer<size_t> count = co_await CountSeries(client, queries->demand, end, stop);
    if (!count.ok()) co_return count.failure();
    expected = std::max(expected, *count);
  }
  if (expected == 0) expected = kSeriesIfUnknown;

  PresetHistory receiver(sink, labels);
  RangeQuery query{.expr = queries->demand, .range = request.range, .step = request.step, .expected_series = expected};
  Answer<RangeSummary> summary = co_await client.QueryRange(std::move(query), receiver, stop);
  co_return summary;
}

Task<Answer<RangeSummary>> DemandSource::FetchCustomHistory(HistoryRequest request, std::string expr, HistorySink& sink,
                                                            std::stop_token stop) {
  const Answer<Client*> client = FindForCustom(request.server);
  if (!client.ok()) co_return client.failure();
  CustomHistory receiver(sink);
  RangeQuery query{.expr = std::move(expr), .range = request.range, .step = request.step, .max_series = 1};
  Answer<RangeSummary> summary = co_await (*client)->QueryRange(std::move(query), receiver, stop);
  co_return summary;
}

std::optional<Failure> DemandSource::CustomRefusal(std::string_view server) {
  const Answer<Client*> client = FindForCustom(server);
  return client.ok() ? std::nullopt : std::optional(client.failure());
}

Answer<Client*> DemandSource::Find(std::string_view server) {
  const auto found = clients_.find(server);
  if (found != clients_.end()) return found->second.get();
  std::string known;
  for (const auto& [name, client] : clients_) known += (known.empty() ? "" : ", ") + name;
  return MakeFailure(Reason::kUnknownServer,
                     fmt::format("no Prometheus server is named \"{}\": the administrator has configured {}.", server,
                                 known.empty() ? "none" : known));
}

Answer<Client*> DemandSource::FindForCustom(std::string_view server) {
  Answer<Client*> found = Find(server);
  if (!found.ok() || (*found)->config().allow_custom_queries) return found;
  return MakeFailure(
      Reason::kCustomNotAllowed,
      fmt::format("Prometheus server \"{}\" does not take queries of a service's own: use a preset, or ask "
                  "the administrator to set allowCustomQueries.",
                  server));
}

}  // namespace dso::prom
