// The CPU cores of one pod, as its containers declare them. Pure and thread-safe.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/result.h"

namespace dso::api {

struct PodCores {
  // What a container may use at most, or what is set aside for it where any container has no limit.
  enum class From { kLimits, kRequests };

  double cores = 0;  // > 0
  From from = From::kLimits;

  friend bool operator==(const PodCores&, const PodCores&) = default;
};
std::string_view ToString(PodCores::From from);  // "Limits", "Requests"

// The sum over the regular containers of a core/v1 PodTemplateSpec: of each its CPU limit, or its CPU request where it
// has no limit. Init containers are left out: they have ended, or are sidecars that answer nobody.
// kNotFound if a container declares neither, or nothing that is a quantity above 0: a part of the pod would be taken
// for the whole. The message names the container, as the end of a sentence: "container \"server\" has …".
Result<PodCores> CoresOf(const nlohmann::json& pod_template);

}  // namespace dso::api
