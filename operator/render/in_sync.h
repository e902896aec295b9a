// Is a live object already what an apply configuration asks for? Answering it here saves the write. Pure, thread-safe.
#pragma once

#include <nlohmann/json.hpp>

namespace dso::render {

// True if applying `desired` would change nothing in `live`.
//
// Every field of `desired` must be in `live` with an equal value; what else `live` has (defaults, other managers'
// fields, status) does not count. Lists of objects with a "name" are matched by name, since the API server merges them
// so; other lists by position and length. Quantities compare by value ("1000m" and "1"); what is absent from `live`
// equals an empty or zero value, since the API server drops those.
//
// It errs on the side of false: a false alarm costs one write that changes nothing.
bool InSync(const nlohmann::json& desired, const nlohmann::json& live);

}  // namespace dso::render
