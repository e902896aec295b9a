// An external forecaster as the *administrator* names it. A DeepSeekService refers to it by name and never carries an
// address: an operator that sends histories wherever a custom resource says would hand them to anybody.
// Pure data and its validation; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace dso::rpc {

// PEM files. They are looked at before each request: what is rotated needs no restart.
struct ForecasterTls {
  std::string ca_file;    // the authorities that are trusted; replaces the system's, which count where it is empty
  std::string cert_file;  // the operator's own certificate; both or neither
  std::string key_file;
};

struct ForecasterConfig {
  std::string name;     // what spec.prediction.model refers to as external/NAME: a DNS label
  std::string address;  // HOST:PORT
  std::optional<ForecasterTls> tls{};
  bool plaintext = false;                  // false: without `tls` only this machine is spoken to
  milliseconds timeout = seconds(2);       // of Predict
  milliseconds fit_timeout = seconds(60);  // of Fit
  milliseconds refit_interval = std::chrono::hours(24);
  int max_concurrent_requests = 4;        // of Predict; Fit is called for one series at a time
  std::vector<std::string> namespaces{};  // whose services may pick it; empty: all
};

// Whether it may be picked by services of the namespace.
bool IsAllowed(const ForecasterConfig& config, const std::string& namespace_name);

// Says which field is wrong and what to write instead. Does not read the files.
Status Validate(const ForecasterConfig& config);

}  // namespace dso::rpc
