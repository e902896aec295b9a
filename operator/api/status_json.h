// ServiceStatus <-> the JSON of the /status subresource. Pure and thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/status.h"

namespace dso::api {

// The whole status, for server-side apply or an update of /status: what is absent here is to be removed there. Equal
// statuses give equal text. Fractional figures are rounded strings for people ("131.2"), times are RFC 3339 in UTC to
// the second. A figure that is not finite is left out.
nlohmann::json ToJson(const ServiceStatus& status);

// Lenient, because this is our own writing at best and anybody's at worst: a field that is missing or makes no sense is
// left at its default, and never fails the rest. Never throws.
ServiceStatus StatusFromJson(const nlohmann::json& status);

}  // namespace dso::api
