// What a reflector fills with the objects of one resource.
#pragma once

#include <nlohmann/json.hpp>

namespace dso::runtime {

class ObjectSink {
 public:
  virtual ~ObjectSink() = default;

  // A complete list follows: Put() for each of its objects, then EndReplace(). Nothing is visible to readers before
  // that; what is missing from the list has been deleted in the meantime. A new BeginReplace() discards an unfinished
  // one.
  virtual void BeginReplace() = 0;
  virtual void EndReplace() = 0;

  virtual void Put(nlohmann::json object) = 0;
  virtual void Remove(const nlohmann::json& object) = 0;
};

}  // namespace dso::runtime
