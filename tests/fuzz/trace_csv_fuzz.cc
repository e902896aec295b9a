// Any bytes as a CSV file: an error that can be shown, or a trace that keeps its promises and can be learned from.
#include <cstdint>
#include <string_view>

#include "forecast/forecaster.h"
#include "forecast_checks.h"
#include "sim/trace.h"

namespace dso::fuzz {
namespace {

using forecast::Forecaster;
using forecast::Sample;

void CheckError(const Error& error) {
  Check(error.code == ErrorCode::kInvalidArgument, "a bad file is an invalid argument");
  Check(error.message.starts_with("fuzz.csv:"), "the message begins with the name");
  for (const char c : error.message) {
    Check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "no control character gets into a message");
  }
}

void CheckTrace(const sim::Trace& trace) {
  Check(trace.samples.size() >= 2, "a trace has two samples");
  for (size_t i = 0; i < trace.samples.size(); ++i) {
    Check(forecast::IsUsable(trace.samples[i]), "samples are usable");
    Check(i == 0 || trace.samples[i - 1].at < trace.samples[i].at, "samples ascend");
  }
}

void Learn(const sim::Trace& trace) {
  const milliseconds step = sim::SampleStep(trace.samples);
  Check(step > milliseconds(0), "samples have a distance");
  const forecast::ForecasterOptions options{.step = step, .lead = 4 * step};
  Forecaster online(options);
  for (const Sample& sample : trace.samples) online.Observe(sample);
  Check(online.status().samples == trace.samples.size() && online.status().ignored == 0, "every sample is taken");
  CheckStatus(online);
  CheckForecasts(online, trace.samples.back().at, 4 * step);
  CheckForecasts(online, trace.samples.front().at, step / 2);
  Forecaster fitted(options);
  fitted.Fit(trace.samples);
  Check(fitted.Save() == online.Save(), "a history is learned by observing it");
}

}  // namespace
}  // namespace dso::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view csv(reinterpret_cast<const char*>(data), size);
  const dso::Result<dso::sim::Trace> trace = dso::sim::ParseTrace("fuzz.csv", csv);
  if (!trace) {
    dso::fuzz::CheckError(trace.error());
    return 0;
  }
  dso::fuzz::CheckTrace(*trace);
  dso::fuzz::Learn(*trace);
  return 0;
}
