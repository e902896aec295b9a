// What went wrong with a call, and what a person does about it. Pure, thread-safe.
#pragma once

#include <string>

namespace dso::cli {

// Exit codes of the client: docs/client.md.
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNotFound = 3;       // there is no such service
inline constexpr int kNotReady = 4;       // it is there and has no forecast (yet)
inline constexpr int kInterrupted = 130;  // as a shell tells SIGINT

// As gRPC tells it: https://grpc.github.io/grpc/core/md_doc_statuscodes.html
struct RpcFailure {
  int code = 0;  // canonical; never 0
  std::string message{};
  std::string details{};  // grpc-status-details-bin: a google.rpc.Status; empty: none
};

struct CallPlace {
  std::string address;     // as a person knows it
  bool forwarded = false;  // through kubectl port-forward
  bool tls = false;
  bool has_credentials = false;  // a token or a client certificate
};

// One line each, without control characters.
struct Complaint {
  std::string what;
  std::string remedy{};  // empty where `what` has it
  int exit_code = kFailed;

  std::string text() const { return remedy.empty() ? what : what + "; " + remedy; }
};

Complaint ComplaintOf(const RpcFailure& failure, const CallPlace& place);

// Whether the same call may succeed later, without anybody having changed it.
bool IsWorthRetrying(const RpcFailure& failure);

}  // namespace dso::cli
