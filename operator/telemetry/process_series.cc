#include "telemetry/process_series.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "telemetry/exposition.h"

namespace dso::telemetry {
namespace {

// Of /proc/self/stat, numbered as in proc(5).
constexpr size_t kUserTicks = 14;
constexpr size_t kSystemTicks = 15;
constexpr size_t kStartTicks = 22;  // since boot
constexpr size_t kVirtualBytes = 23;
constexpr size_t kResidentPages = 24;

// The fields by these numbers; empty if they cannot be read.
std::vector<std::string> ReadStat() {
  std::ifstream file("/proc/self/stat");
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  // The second field is a name in parentheses that may hold anything.
  const size_t name_end = line.rfind(')');
  if (name_end == line.npos) return {};
  std::vector<std::string> fields{"", "", ""};  // numbers begin with 1; the first two are not asked for
  std::istringstream rest(line.substr(name_end + 1));
  for (std::string field; rest >> field;) fields.push_back(std::move(field));
  return fields.size() > kResidentPages ? fields : std::vector<std::string>();
}

// Seconds since 1970.
std::optional<double> BootTime() {
  std::ifstream file("/proc/stat");
  for (std::string key; file >> key; file.ignore(std::numeric_limits<std::streamsize>::max(), '\n')) {
    double seconds = 0;
    if (key == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> CountOpenFiles() {
  std::error_code failure;
  double count = -1;  // the directory that is being read is one of them
  for (std::filesystem::directory_iterator entry("/proc/self/fd", failure), end; !failure && entry != end;
       entry.increment(failure)) {
    ++count;
  }
  return failure ? std::nullopt : std::optional(count);
}

void Write(ExpositionWriter& writer, std::string_view name, SeriesType type, std::string_view help, double value) {
  writer.Family(name, type, help);
  writer.Sample({}, value);
}

}  // namespace

void WriteProcessSeries(std::string& text) {
  ExpositionWriter writer(text);
  using enum SeriesType;
  if (const std::vector<std::string> stat = ReadStat(); !stat.empty()) {
    const auto field = [&](size_t number) { return std::strtod(stat[number].c_str(), nullptr); };
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    Write(writer, "process_cpu_seconds_total", kCounter, "Total user and system CPU time spent in seconds.",
          (field(kUserTicks) + field(kSystemTicks)) / ticks);
    Write(writer, "process_resident_memory_bytes", kGauge, "Resident memory size in bytes.",
          field(kResidentPages) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    Write(writer, "process_virtual_memory_bytes", kGauge, "Virtual memory size in bytes.", field(kVirtualBytes));
    if (const auto boot = BootTime()) {
      Write(writer, "process_start_time_seconds", kGauge, "Start time of the process since unix epoch in seconds.",
            *boot + field(kStartTicks) / ticks);
    }
  }
  if (const auto open = CountOpenFiles()) {
    Write(writer, "process_open_fds", kGauge, "Number of open file descriptors.", *open);
  }
  if (rlimit limit{}; ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    Write(writer, "process_max_fds", kGauge, "Maximum number of open file descriptors.",
          static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace dso::telemetry
