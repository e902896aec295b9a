// Plans the connection pools of services: each by itself, and by what the others leave of the backends that they share.
// Loop thread only.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "controller/cluster_cache.h"
#include "controller/pool_view.h"
#include "controller/service_record.h"

namespace dso::controller {

using Records = std::unordered_map<kube::ObjectKey, std::shared_ptr<ServiceRecord>>;

class PoolBook {
 public:
  // `wake` is called for services that share a backend with one whose plan has changed.
  PoolBook(Loop& loop, const ClusterCache& cache, const Records& records,
           std::function<void(const kube::ObjectKey&)> wake);

  // Brings record.pools up to date. Before the decision about the floor, of which the replicas that fit are a maximum.
  // Precondition: the service has a spec.
  void Plan(const CachedService& cached, ServiceRecord& record);

 private:
  // By pool.
  struct Shares {
    std::vector<PoolShare> by_pool;
    bool all_known = true;  // those who share, and their workloads
  };

  Shares SharesOf(const kube::ObjectKey& service, const PoolView& view, const ServiceRecord& record) const;
  void ShareBackend(const kube::ObjectKey& service, const std::string& backend, const PoolView& view,
                    const std::vector<decide::BackendUser>& own, Shares& shares) const;
  void Tell(const kube::ObjectKey& service, const api::ServiceSpec& spec, std::vector<decide::BackendUser> users,
            ServiceRecord& record) const;

  Loop& loop_;
  const ClusterCache& cache_;
  const Records& records_;
  std::function<void(const kube::ObjectKey&)> wake_;
};

}  // namespace dso::controller
