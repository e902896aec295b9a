// The spec's JSON to its types: defaults, the schema's rules once more, and those that a schema cannot express.
// Private to this folder; FromJson (deepseek_service.h) is the way in.
#pragma once

#include "api/deepseek_service.h"
#include "api/field_reader.h"

namespace dso::api {

// Adds to `problems` all that is wrong; the result counts only if nothing was added. Pure.
ServiceSpec ReadSpec(const Field& spec, const ObjectMeta& meta);

}  // namespace dso::api
