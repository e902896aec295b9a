// A history of demand as people have it: a CSV file of `timestamp,value`.
//
//   timestamp,value
//   2026-12-01T09:00:00Z,51.5
//   2026-12-01T09:05:00Z,            the sample is missing: not the same as 0
//
// A timestamp is ISO 8601 (with Z, an offset, or without a zone for UTC; 'T' or a blank before the time) or seconds
// since 1970; numbers above 1e11 are milliseconds. Blank lines, lines that begin with '#', a byte order mark, CRLF,
// quotes around a field and a first row of column names are passed over. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "forecast/series.h"

namespace dso::sim {

struct Trace {
  std::string name;                       // for people
  std::vector<forecast::Sample> samples;  // strictly ascending in time, all usable
  size_t missing = 0;                     // rows whose value is empty, NaN or infinite
  size_t replaced = 0;                    // rows with the timestamp of a later row, which counts
};

// Sorts the rows by time. kInvalidArgument with "NAME:LINE: " and the remedy for a row that is not two columns, a time
// that cannot be read, and a value that is no number, negative or beyond belief; also if there are fewer than two
// samples. (A third column is refused, because it often is a second series that would be lost in silence.)
Result<Trace> ParseTrace(std::string name, std::string_view csv);

// The same for samples that come from elsewhere: sorts, lets the last of equal timestamps count, drops what is not
// finite. kInvalidArgument for a negative value and for fewer than two samples.
Result<Trace> MakeTrace(std::string name, std::vector<forecast::Sample> samples);

// The typical distance of samples: the median of the first hundred gaps, so that it does not depend on what comes
// later. Precondition: at least two samples.
milliseconds SampleStep(const std::vector<forecast::Sample>& samples);

// The demand at a moment between two samples. Precondition: before.at < after.at.
double Interpolate(const forecast::Sample& before, const forecast::Sample& after, WallTime at);

}  // namespace dso::sim
