// The gRPC server: deepseek.forecast.v1.ForecastService and KEDA's externalscaler.ExternalScaler, with health and
// reflection, which anybody who reaches it may ask.
//
// It answers on gRPC's threads, from the board; what only the loop knows is asked there. docs/rpc.md has who may do
// what.
#pragma once

#include <memory>
#include <stop_token>

#include "base/loop.h"
#include "rpc/access.h"
#include "rpc/board.h"
#include "rpc/forecast_path.h"
#include "rpc/server_options.h"

namespace dso::rpc {

// Loop thread only.
class Server {
 public:
  // Listens at once, and answers "not serving" to health checks until SetServing(true). `reviewer` is asked where there
  // is TLS. All that is passed outlives the server. kInvalidArgument if the options or the files that they name make no
  // sense, kUnavailable if the address cannot be listened on.
  static Result<std::unique_ptr<Server>> Create(Loop& loop, const ServerOptions& options, Board& board,
                                                ForecastSource source, AccessReviewer& reviewer);
  // Precondition: Run() has ended, or was never called.
  ~Server();

  void SetServing(bool serving);

  // Looks after the streams until a stop is requested. Then takes no more calls, tells streams to connect elsewhere,
  // lets what is being answered end, and ends itself.
  Task<void> Run(std::stop_token stop);

  int port() const;

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace dso::rpc
