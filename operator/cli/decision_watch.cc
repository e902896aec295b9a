#include "cli/decision_watch.h"

#include <deepseek/forecast/v1/forecast.pb.h>
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/back_off.h"
#include "cli/decision_lines.h"
#include "cli/message_json.h"
#include "cli/operator_link.h"
#include "cli/terminal.h"

namespace dso::cli {
namespace {

namespace v1 = deepseek::forecast::v1;

// The operator says every 30 s that it is there.
constexpr milliseconds kSilence = seconds(90);

// How an attempt to follow the decisions ended.
struct End {
  std::string why{};  // in a sentence
  std::string remedy{};
  int exit_code = kFailed;
  bool may_pass = false;  // worth trying again
};

// Of "the operator is starting or stopping; try again", which is what is done.
std::string_view WithoutAdvice(std::string_view why) {
  const size_t advice = why.rfind("; ");
  return advice != why.npos && why.ends_with(" again") ? why.substr(0, advice) : why;
}

class Watch {
 public:
  Watch(const ConnectionOptions& connection, const Selection& selection, Output output, std::string prefix)
      : connection_(connection),
        selection_(selection),
        output_(output),
        prefix_(std::move(prefix)),
        lines_(output == Output::kWide || !IsTerminal()) {}

  int Run(const std::stop_token& stop) {
    // What stops a request for good, such as that nobody reads any more, stops the stream too.
    std::stop_source ours;
    const std::stop_callback forward(stop, [&ours] { ours.request_stop(); });
    while (true) {
      const auto begin = std::chrono::steady_clock::now();
      const End end = Attempt(ours);
      if (cannot_write_) return kFailed;
      if (stop.stop_requested()) return 0;
      was_connected_ |= std::chrono::steady_clock::now() - begin > connection_.timeout;
      if (!was_connected_ || !end.may_pass) {
        fmt::print(stderr, "{}: {}{}{}\n", prefix_, end.why, end.remedy.empty() ? "" : "; ", end.remedy);
        return end.exit_code;
      }
      const milliseconds pause = back_off_.Next();
      fmt::print(stderr, "{}: {}; trying again in {}\n", prefix_, WithoutAdvice(end.why), FormatDuration(pause));
      is_away_ = true;
      if (!WaitFor(pause, ours.get_token())) return 0;
    }
  }

 private:
  End Attempt(std::stop_source& ours) {
    Result<OperatorLink> link = OperatorLink::Open(connection_, ours.get_token());
    if (!link) {
      const Error& error = link.error();
      const bool is_usage = error.code == ErrorCode::kInvalidArgument;
      return {
          .why = Printable(error.message), .remedy = {}, .exit_code = is_usage ? kUsage : kFailed, .may_pass = true};
    }
    v1::WatchDecisionsRequest request;
    request.set_namespace_(selection_.ns);
    request.set_service(selection_.service);
    const auto on_decision = [&](const v1::DecisionEvent& decision) {
      if (!Show(decision, link->place())) ours.request_stop();
    };
    const auto failure = link->client().Watch(request, on_decision, kSilence, ours.get_token());
    if (!failure) {
      was_connected_ = true;
      return {.why = fmt::format("the operator at {} has ended the stream", link->place().address), .may_pass = true};
    }
    const Complaint complaint = ComplaintOf(*failure, link->place());
    return {.why = complaint.what,
            .remedy = complaint.remedy,
            .exit_code = complaint.exit_code,
            .may_pass = IsWorthRetrying(*failure)};
  }

  bool Show(const v1::DecisionEvent& decision, const CallPlace& place) {
    was_connected_ = true;
    back_off_.Reset();
    if (std::exchange(is_away_, false)) fmt::print(stderr, "{}: connected again, to {}\n", prefix_, place.address);
    const std::string line =
        output_ == Output::kJson ? MessageJson(decision, true) : lines_.Next(decision, CurrentView());
    cannot_write_ = !line.empty() && !Print(line);
    return !cannot_write_;
  }

  ConnectionOptions connection_;
  Selection selection_;
  Output output_;
  std::string prefix_;
  DecisionLines lines_;
  BackOff back_off_;
  bool was_connected_ = false;  // ever
  bool is_away_ = false;        // and was connected before
  bool cannot_write_ = false;
};

}  // namespace

int WatchDecisions(const ConnectionOptions& connection, const Selection& selection, Output output,
                   const std::string& prefix, const std::stop_token& stop) {
  return Watch(connection, selection, output, prefix).Run(stop);
}

}  // namespace dso::cli
