// The stream of WatchDecisions: the floors as they stand, and then each change, as fast as the client reads. What it
// has not read is kept as one entry for each service.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "deepseek/forecast/v1/forecast.pb.h"
#include "rpc/board.h"
#include "rpc/out_stream.h"
#include "rpc/request_checks.h"

namespace dso::rpc {

class DecisionStream final : public OutStream<deepseek::forecast::v1::WatchDecisionsResponse> {
 public:
  // `watched`: empty parts stand for all. The board outlives the stream.
  DecisionStream(Board& board, ServiceName watched) : board_(board), watched_(std::move(watched)) {}

  void Begin();
  // A sign of life, if nothing else was said since the last one.
  void Tick() override;

 private:
  struct Change {
    int from = 0;  // before the first change that was not told
    int changes = 0;
  };

  bool Watches(const ServiceView& view) const;
  void Note(const SharedView& before, const SharedView& after);
  bool Take(deepseek::forecast::v1::WatchDecisionsResponse& message) override;
  bool TakeCurrent(deepseek::forecast::v1::DecisionEvent& event);
  bool TakeChange(deepseek::forecast::v1::DecisionEvent& event);

  Board& board_;
  const ServiceName watched_;
  std::unique_ptr<Subscription> subscription_;
  std::optional<Board::Key> listed_{Board::Key()};  // the last service told as it stands; absent: all were told
  std::map<Board::Key, Change> changes_;
  bool silent_ = false;  // since the last tick
  bool say_alive_ = false;
};

}  // namespace dso::rpc
