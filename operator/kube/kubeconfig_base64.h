// Base64 (RFC 4648, section 4) as kubeconfigs and basic authentication use it: with padding. Pure, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dso::kube {

std::string EncodeBase64(std::string_view bytes);

// Line breaks are skipped, as Go's decoder does. kInvalidArgument for everything else that is not base64; the message
// does not repeat the text, which may be a private key.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace dso::kube
