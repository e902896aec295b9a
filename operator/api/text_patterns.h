// The syntax of Kubernetes' names, by hand: std::regex recurses on its input and throws. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace dso::api {

inline constexpr size_t kMaxLabelLength = 63;
inline constexpr size_t kMaxPortNameLength = 15;

bool StartsWithLetter(std::string_view text);   // a lower-case one, as DNS-1035 asks of a Service's name
bool IsDnsLabel(std::string_view text);         // DNS-1123 label, without its limit of 63 characters
bool IsDnsSubdomain(std::string_view text);     // labels joined by '.'
bool IsPortName(std::string_view text);         // IANA_SVC_NAME, without its limit of 15 characters
bool IsApiVersion(std::string_view text);       // "v1", "apps/v1"
bool IsPrintable(std::string_view text);        // ASCII without blanks around it
bool IsKind(std::string_view text);             // CamelCase letters and digits
bool IsEnvironmentName(std::string_view text);  // "ORDERS_DB_": upper-case letters, digits and '_', no digit first

}  // namespace dso::api
