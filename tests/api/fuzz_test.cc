// Mutations of real objects, from a fixed seed: whatever comes, no crash, no exception and a message that is JSON.
#include <gtest/gtest.h>

#include <random>

#include "api/status_json.h"
#include "sample_status.h"
#include "service_json.h"

namespace dso::api {
namespace {

using nlohmann::json;

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  void Mutate(json& object) {
    for (int i = static_cast<int>(Below(3)); i >= 0; --i) Change(PickNode(object));
  }

 private:
  size_t Below(size_t n) { return n == 0 ? 0 : random_() % n; }

  json& PickNode(json& root) {
    json* node = &root;
    while (node->is_structured() && !node->empty() && Below(5) != 0) {
      auto child = node->begin();
      std::advance(child, static_cast<std::ptrdiff_t>(Below(node->size())));
      node = &*child;
    }
    return *node;
  }

  void Change(json& node) {
    if (node.is_string() && Below(2) == 0) {
      auto& text = node.get_ref<std::string&>();
      const size_t at = Below(text.size() + 1);
      static const std::vector<std::string> kScraps{
          "",         "0",    "9999999999",         "-", ".", "e308", "ms", "{{", "}}", "Auto",
          "\xC3\xA4", "\xff", std::string(1, '\0'), "T", "Z"};
      text = text.substr(0, at) + kScraps[Below(kScraps.size())] + text.substr(std::min(text.size(), at + Below(3)));
      return;
    }
    if (node.is_structured() && !node.empty() && Below(3) == 0) {
      auto child = node.begin();
      std::advance(child, static_cast<std::ptrdiff_t>(Below(node.size())));
      node.erase(child);
      return;
    }
    static const std::vector<json> kValues{nullptr,
                                           true,
                                           0,
                                           -1,
                                           1e300,
                                           -0.0,
                                           std::numeric_limits<uint64_t>::max(),
                                           std::numeric_limits<int64_t>::min(),
                                           "",
                                           "Auto",
                                           json::array(),
                                           json::object(),
                                           json::array({nullptr}),
                                           json::array({"Auto", "Auto"}),
                                           json::binary({1, 2})};
    node = kValues[Below(kValues.size())];
  }

  std::mt19937_64 random_;
};

json SeedObject() {
  json object = test::ServiceWithSpec(test::FullSpec());
  object["status"] = ToJson(test::SampleStatus());
  return object;
}

TEST(FuzzTest, AnyObjectIsReadOrRefused) {
  Mutator mutator(20261201);
  const json seed = SeedObject();
  int valid = 0;
  int invalid = 0;
  for (int round = 0; round < 10'000; ++round) {
    json object = seed;
    mutator.Mutate(object);
    // As it would come over the wire: a parser lets no broken UTF-8 and no binary through.
    object = json::parse(object.dump(-1, ' ', false, json::error_handler_t::replace));
    const auto service = FromJson(object);
    if (!service) continue;
    ++(service->spec.ok() ? valid : invalid);
    if (!service->spec.ok()) {
      EXPECT_NO_THROW(static_cast<void>(json(service->spec.error().message).dump())) << service->spec.error().message;
    }
    const ServiceStatus once = StatusFromJson(ToJson(service->status));
    EXPECT_EQ(StatusFromJson(ToJson(once)), once);
  }
  EXPECT_GT(valid, 1'000);
  EXPECT_GT(invalid, 1'000);
}

}  // namespace
}  // namespace dso::api
