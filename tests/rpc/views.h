// Services as the controller would publish them.
#pragma once

#include <memory>
#include <string>

#include "rpc/board.h"

namespace dso::rpc::test {

inline SharedView View(const std::string& ns, const std::string& name, int floor) {
  auto status = std::make_shared<api::ServiceStatus>();
  status->floor = api::FloorStatus{.current = floor, .reason = "Forecast"};
  status->explanation = "because";
  status->replicas = floor;
  auto view = std::make_shared<ServiceView>();
  view->ns = ns;
  view->name = name;
  view->looked_at = WallTime(std::chrono::hours(24 * 20'000));
  view->mode = api::PredictionMode::kActive;
  view->quantile = 0.9;
  view->replicas = {.min = 1, .max = 50};
  view->status = std::move(status);
  return view;
}

}  // namespace dso::rpc::test
