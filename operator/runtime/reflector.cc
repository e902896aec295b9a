#include "runtime/reflector.h"

#include <fmt/format.h>

#include "base/async.h"
#include "base/log.h"

namespace dso::runtime {
namespace {

constexpr BackoffLimits kBackoff{milliseconds(500), seconds(30)};
// The server ends a watch after about this long; spread, so that a thousand watchers do not come back in one moment.
constexpr int64_t kWatchSeconds = 290;
constexpr int64_t kWatchSecondsJitter = 60;
constexpr seconds kShortestWatch{1};

}  // namespace

Reflector::Reflector(Loop& loop, kube::Client& client, kube::ResourceType type, kube::Selection selection,
                     ObjectSink& sink)
    : loop_(loop),
      client_(client),
      type_(std::move(type)),
      selection_(std::move(selection)),
      sink_(sink),
      backoff_(kBackoff) {}

Task<void> Reflector::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const SteadyTime began = loop_.Now();
    Status outcome;
    if (state_ == State::kListing) {
      outcome = co_await ListAll(stop);
    } else {
      outcome = co_await WatchOnce(stop);
      // A server, or a proxy before it, that ends or refuses each watch at once is not to be asked again at once.
      const bool asks_again = outcome || outcome.error().code == ErrorCode::kGone;
      if (asks_again && loop_.Now() - began < kShortestWatch) co_await Sleep(loop_, kShortestWatch, stop);
    }
    if (outcome) continue;
    if (outcome.error().code == ErrorCode::kCancelled) break;
    if (state_ == State::kWatching && outcome.error().code == ErrorCode::kGone) {
      LogInfo("watch is too old, listing again", {{"resource", Name()}});
      state_ = State::kListing;
      continue;
    }
    ReportFailure(outcome.error());
    co_await Sleep(loop_, backoff_.Next(outcome.error().retry_after), stop);
  }
}

Task<Status> Reflector::ListAll(std::stop_token stop) {
  sink_.BeginReplace();
  std::string continue_token;
  do {
    Result<kube::ListPage> page = co_await client_.List(type_, selection_, continue_token, stop);
    // A continue token that has expired (410) starts the list anew: state_ is still kListing.
    if (!page) co_return std::move(page).error();
    for (kube::Json& item : page->items) sink_.Put(std::move(item));
    continue_token = std::move(page->continue_token);
    resource_version_ = std::move(page->resource_version);
  } while (!continue_token.empty());
  sink_.EndReplace();
  state_ = State::kWatching;
  has_synced_ = true;
  ReportSuccess();
  co_return Status();
}

Task<Status> Reflector::WatchOnce(std::stop_token stop) {
  const seconds server_timeout(kWatchSeconds - std::uniform_int_distribution<int64_t>(0, kWatchSecondsJitter)(random_));
  Result<std::unique_ptr<kube::WatchStream>> watch =
      co_await client_.Watch(type_, selection_, resource_version_, server_timeout, stop);
  if (!watch) co_return std::move(watch).error();
  ReportSuccess();
  while (true) {
    Result<std::optional<kube::WatchEvent>> event = co_await (*watch)->Next();
    if (!event) co_return std::move(event).error();
    if (!event->has_value()) co_return Status();
    ApplyEvent(**std::move(event));
  }
}

void Reflector::ApplyEvent(kube::WatchEvent event) {
  static const kube::Json::json_pointer kResourceVersion("/metadata/resourceVersion");
  if (std::string version = kube::StringAt(event.object, kResourceVersion); !version.empty()) {
    resource_version_ = std::move(version);
  }
  switch (event.type) {
    case kube::WatchEvent::Type::kAdded:
    case kube::WatchEvent::Type::kModified: sink_.Put(std::move(event.object)); break;
    case kube::WatchEvent::Type::kDeleted: sink_.Remove(event.object); break;
    case kube::WatchEvent::Type::kBookmark: break;
  }
}

void Reflector::ReportSuccess() {
  backoff_.Reset();
  last_error_.clear();
  if (on_state_change_) on_state_change_();
}

void Reflector::ReportFailure(const Error& error) {
  std::string message = error.message;
  if (error.code == ErrorCode::kNotFound)
    message += " (is the CustomResourceDefinition installed? kubectl apply -f crds/)";
  // A watch that breaks does not say what it was of.
  std::string named = fmt::format("{}: {}", Name(), message);
  if (named != last_error_) LogWarning("cannot read from the API server", {{"resource", Name()}, {"error", message}});
  last_error_ = std::move(named);
  if (on_state_change_) on_state_change_();
}

std::string Reflector::Name() const {
  return selection_.ns.empty() ? type_.ToString() : fmt::format("{} in namespace {}", type_.ToString(), selection_.ns);
}

}  // namespace dso::runtime
