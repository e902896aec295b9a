// The presets of the spec as Prometheus' client knows them: api and prom do not know each other. Pure.
#pragma once

#include "api/spec.h"
#include "prom/presets.h"

namespace dso::controller {

inline prom::Preset PresetOf(api::Preset preset) {
  switch (preset) {
    case api::Preset::kDeepSeek: return prom::Preset::kDeepseek;
    case api::Preset::kVllm: return prom::Preset::kVllm;
    case api::Preset::kSglang: return prom::Preset::kSglang;
  }
  return prom::Preset::kDeepseek;
}

}  // namespace dso::controller
