#include "controller/adoptable_client.h"

namespace dso::controller {
namespace {

using Kind = api::AdoptedAutoscaler::Kind;

// kNotFound if the cluster does not know the kind.
Task<Result<kube::ResourceType>> TypeOf(kube::Discovery& discovery, Kind kind) {
  if (kind == Kind::kHorizontalPodAutoscaler) co_return kube::kHorizontalPodAutoscalers;
  const std::string api_version = kube::kScaledObjects.ApiVersion();
  const std::string name = kube::kScaledObjects.kind;
  Result<kube::Discovery::Scalable> resolved = co_await discovery.Resolve(api_version, name);
  if (!resolved) co_return std::move(resolved).error();
  co_return resolved->type;
}

}  // namespace

Task<Result<std::optional<Adoptable>>> ReadAdoptable(World& world, std::string ns, api::AdoptedAutoscaler ref) {
  Result<kube::ResourceType> type = co_await TypeOf(world.discovery, ref.kind);
  if (!type && type.error().code == ErrorCode::kNotFound) co_return std::optional<Adoptable>();
  if (!type) co_return std::move(type).error();
  kube::ObjectKey key{ns, ref.name};
  Result<kube::Json> object = co_await world.client.Get(*type, key);
  if (!object && object.error().code == ErrorCode::kNotFound) co_return std::optional<Adoptable>();
  if (!object) co_return std::move(object).error();
  co_return std::optional(Adoptable::FromJson(ref.kind, *object));
}

Task<Result<Adoptable>> WriteAdoptable(World& world, Adoptable live, kube::Json patch) {
  Result<kube::ResourceType> type = co_await TypeOf(world.discovery, live.kind);
  if (!type) co_return std::move(type).error();
  Result<kube::Json> written = co_await world.client.MergePatch(*type, live.key, std::move(patch));
  if (!written) co_return std::move(written).error();
  co_return Adoptable::FromJson(live.kind, *written);
}

}  // namespace dso::controller
