#include "api/conditions.h"

#include <algorithm>

#include "api/utf8.h"

namespace dso::api {
namespace {

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsWordCharacter(char c) { return IsAsciiLetter(c) || (c >= '0' && c <= '9') || c == '_'; }

// metav1.Condition: ^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$
std::string ToReason(std::string_view text) {
  std::string reason(text.substr(0, kMaxReasonLength));
  for (char& c : reason) {
    if (!IsWordCharacter(c) && c != ',' && c != ':') c = '_';
  }
  if (reason.empty() || !IsAsciiLetter(reason.front())) return "Unspecified";
  if (!IsWordCharacter(reason.back())) reason.back() = '_';
  return reason;
}

template <typename Conditions>
auto Find(Conditions& conditions, std::string_view type) {
  return std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
}

}  // namespace

std::string_view ToString(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kUnknown: return "Unknown";
    case ConditionStatus::kTrue: return "True";
    case ConditionStatus::kFalse: return "False";
  }
  return "Unknown";
}

bool SetCondition(std::vector<Condition>& conditions, std::string_view type, ConditionStatus status,
                  std::string_view reason, std::string_view message, int64_t observed_generation, WallTime now) {
  Condition next{std::string(type),   status,
                 ToReason(reason),    std::string(ClipUtf8(message, kMaxMessageLength)),
                 observed_generation, std::chrono::floor<seconds>(now)};
  const auto old = Find(conditions, type);
  if (old == conditions.end()) {
    conditions.push_back(std::move(next));
    return true;
  }
  if (old->status == status) next.last_transition_time = old->last_transition_time;
  const bool changed = next != *old;
  *old = std::move(next);
  return changed;
}

const Condition* FindCondition(const std::vector<Condition>& conditions, std::string_view type) {
  const auto found = Find(conditions, type);
  return found == conditions.end() ? nullptr : &*found;
}

bool IsTrue(const std::vector<Condition>& conditions, std::string_view type) {
  const Condition* condition = FindCondition(conditions, type);
  return condition != nullptr && condition->status == ConditionStatus::kTrue;
}

bool RemoveCondition(std::vector<Condition>& conditions, std::string_view type) {
  const auto found = Find(conditions, type);
  if (found == conditions.end()) return false;
  conditions.erase(found);
  return true;
}

}  // namespace dso::api
