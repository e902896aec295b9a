#include "base/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <mutex>

#include "base/log_throttle.h"
#include "base/time.h"

namespace dso {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};
constexpr std::array<std::string_view, 2> kFormatNames{"text", "json"};

std::atomic<LogLevel> g_level{LogLevel::kInfo};
std::atomic<LogFormat> g_format{LogFormat::kText};
std::mutex g_output_mutex;
LogThrottle g_throttle;  // guarded by g_output_mutex

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// JSON's escapes serve both formats. A control character can neither break a line in two nor drive a terminal.
void AppendEscaped(std::string& line, std::string_view text, std::string_view also_escaped) {
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (IsControl(c)) {
      line += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      if (also_escaped.find(c) != also_escaped.npos) line += '\\';
      line += c;
    }
  }
}

void AppendQuoted(std::string& line, std::string_view text) {
  line += '"';
  AppendEscaped(line, text, "\"\\");
  line += '"';
}

bool NeedsQuotes(std::string_view text) {
  return text.empty() || text.find_first_of(" \"\\=") != text.npos || std::any_of(text.begin(), text.end(), IsControl);
}

std::string BeginLine(LogLevel level, std::string_view message, bool is_json) {
  const auto now = std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
  const std::string_view name = kLevelNames[static_cast<size_t>(level)];
  std::string line;
  if (is_json) {
    line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":", FormatMicroTime(now), name);
    AppendQuoted(line, message);
  } else {
    line = fmt::format("{} {:<7} ", FormatMicroTime(now), name);
    AppendEscaped(line, message, {});
  }
  return line;
}

void AppendField(std::string& line, const LogField& field, bool is_json) {
  if (is_json) {
    line += ',';
    AppendQuoted(line, field.key);
    line += ':';
    AppendQuoted(line, field.value);
    return;
  }
  line += fmt::format(" {}=", field.key);
  if (NeedsQuotes(field.value)) {
    AppendQuoted(line, field.value);
  } else {
    line += field.value;
  }
}

// Lines of one kind tell of one cause. Neither the object that it concerns counts nor the text of an error, which may
// name that object or a port.
std::string KindOf(std::string_view message, std::initializer_list<LogField> fields) {
  std::string kind(message);
  for (const LogField& field : fields) {
    if (field.key == "condition" || field.key == "reason" || field.key == "resource" || field.key == "server") {
      kind += '\n' + field.value;
    }
  }
  return kind;
}

template <size_t N>
Result<size_t> IndexOf(const std::array<std::string_view, N>& names, std::string_view text, std::string_view what) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == text) return i;
  }
  return InvalidArgument(fmt::format("\"{}\" is not a {}; choose one of: {}", text, what, fmt::join(names, ", ")));
}

}  // namespace

void ConfigureLog(LogLevel level, LogFormat format) {
  g_level = level;
  g_format = format;
}

Result<LogLevel> ParseLogLevel(std::string_view text) {
  auto index = IndexOf(kLevelNames, text, "log level");
  if (!index) return std::move(index).error();
  return static_cast<LogLevel>(*index);
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  auto index = IndexOf(kFormatNames, text, "log format");
  if (!index) return std::move(index).error();
  return static_cast<LogFormat>(*index);
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (level < g_level.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(g_output_mutex);
  int left_out = 0;
  if (level >= LogLevel::kWarning) {
    const auto admitted = g_throttle.Admit(KindOf(message, fields), std::chrono::steady_clock::now());
    if (!admitted) return;
    left_out = *admitted;
  }
  const LogField suppressed{"suppressed", std::to_string(left_out)};
  const bool is_json = g_format.load(std::memory_order_relaxed) == LogFormat::kJson;
  std::string line = BeginLine(level, message, is_json);
  for (const LogField& field : fields) AppendField(line, field, is_json);
  if (left_out > 0) AppendField(line, suppressed, is_json);
  line += is_json ? "}\n" : "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace dso
