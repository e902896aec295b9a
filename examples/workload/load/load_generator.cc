#include "load/load_generator.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace workload {
namespace {

namespace asio = boost::asio;
using Clock = Playback::TimePoint::clock;

}  // namespace

LoadGenerator::LoadGenerator(asio::io_context& io, Settings settings, const Playback& playback)
    : io_(io),
      settings_(std::move(settings)),
      playback_(playback),
      arrivals_(playback.schedule(), playback.PositionAt(playback.begin()), settings_.seed),
      next_arrival_(io),
      none_in_flight_(io) {}

asio::awaitable<void> LoadGenerator::Run() {
  co_await SendWhenDue();
  stopped_ = true;
  if (report_.counts().in_flight() == 0) co_return;
  none_in_flight_.expires_after(settings_.timeout);
  boost::system::error_code cancelled;
  co_await none_in_flight_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

void LoadGenerator::Stop() {
  stopped_ = true;
  next_arrival_.cancel();
}

asio::awaitable<void> LoadGenerator::SendWhenDue() {
  while (const auto position = arrivals_.Next()) {
    const auto due = playback_.WhenIs(*position);
    next_arrival_.expires_at(std::min(due, playback_.end()));
    boost::system::error_code cancelled;
    co_await next_arrival_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (stopped_ || due >= playback_.end()) co_return;
    if (report_.counts().in_flight() >= settings_.max_in_flight) {
      report_.CountDropped();
      continue;
    }
    report_.CountSent();
    asio::co_spawn(io_, SendOne(settings_.targets[next_target_]), asio::detached);
    next_target_ = (next_target_ + 1) % settings_.targets.size();
  }
}

asio::awaitable<void> LoadGenerator::SendOne(const ResolvedTarget& target) {
  const auto started = Clock::now();
  const ExchangeResult result = co_await Exchange(target, settings_.timeout);
  report_.CountEnded(result, Clock::now() - started);
  if (stopped_ && report_.counts().in_flight() == 0) none_in_flight_.cancel();
}

}  // namespace workload
