#include "base/log.h"

#include <fmt/format.h>

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

// One character of UTF-8 and its length in bytes; code -1 if the bytes are none (overlong ones and surrogates too).
struct Character {
  int code = -1;
  size_t length = 1;
};

Character CharacterAt(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const int lead = byte(0);
  const size_t length = lead < 0x80                   ? 1
                        : lead >= 0xc2 && lead < 0xe0 ? 2
                        : lead >> 4 == 0xe            ? 3
                        : lead >> 3 == 0x1e           ? 4
                                                      : 0;
  if (length == 0 || length > text.size()) return {};
  int code = length == 1 ? lead : lead & (0xff >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {};
  return {code, length};
}

// What moves the cursor or turns the direction of writing: C1 controls, line separators, bidirectional overrides.
bool IsDeceptive(int code) {
  return (code >= 0x80 && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200e || code == 0x200f || code == 0x61c;
}

// JSON's escapes serve both formats. What somebody else wrote can neither break a line in two, nor drive a terminal,
// nor make a line look like another one, nor make the JSON invalid.
void AppendEscaped(std::string& line, std::string_view text, std::string_view also_escaped) {
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    const Character character = CharacterAt(text.substr(at));
    at += character.length;
    if (character.code < 0) {
      line += "\\ufffd";
    } else if (IsDeceptive(character.code)) {
      line += fmt::format("\\u{:04x}", character.code);
    } else if (character.length > 1) {
      line += text.substr(at - character.length, character.length);
    } else if (c == '\n') {
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

// In quotes if it would be misread without.
void AppendValue(std::string& line, std::string_view text) {
  const size_t start = line.size();
  AppendQuoted(line, text);
  const bool as_it_was = std::string_view(line).substr(start + 1, line.size() - start - 2) == text;
  if (!as_it_was || text.empty() || text.find_first_of(" =") != text.npos) return;
  line.replace(start, line.size() - start, text);
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
  AppendValue(line, field.value);
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
