#include "controller/pool_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/sample.h"

namespace dso::controller {
namespace {

using decide::PoolPlan;
using kube::Json;
using testing::HasSubstr;
using testing::IsEmpty;

// Two backends: orders may have 480 connections, search 90.
class PoolReport : public testing::Test {
 protected:
  PoolReport() {
    Json service = test::SampleService();
    service["spec"]["connectionPools"] = Json::parse(R"([
      {"name": "orders-db", "holdTime": "300ms", "processesPerReplica": 2, "perReplica": {"min": 4, "max": 40},
       "backend": {"name": "mysql-orders", "maxConnections": 500, "reserved": 20}},
      {"name": "search", "holdTime": "20ms", "backend": {"name": "elastic", "maxConnections": 100, "reserved": 10}}
    ])");
    spec_ = *CachedService::FromJson(service)->service.spec;
    pools_.plan = PoolPlan{.sizes = {{"orders-db", 8}, {"search", 2}},
                           .max_replicas = 20,
                           .fitting_replicas = 20,
                           .step = PoolPlan::Step::kDone,
                           .tightest = 0,
                           .at_worst = {.replicas = 20, .surge = 5, .terminating = 10},
                           .pools = {{.per_replica = 8, .useful = 12, .least = 4, .granted = 480},
                                     {.per_replica = 2, .useful = 2, .least = 1, .granted = 90}}};
    pools_.planned_for = spec_.connection_pools;
    pools_.most_replicas = 20;
    pools_.shares.resize(2);
    pools_.shares[0].budget.granted = pools_.shares[0].limit = 480;
    pools_.shares[1].budget.granted = pools_.shares[1].limit = 90;
    pools_.in_template = pools_.plan->sizes;
    pools_.config_map = "chat-pools-0123456789";
  }
  static std::string Text(const Verdict& verdict) {
    const char* status = verdict.status == api::ConditionStatus::kTrue    ? "True "
                         : verdict.status == api::ConditionStatus::kFalse ? "False "
                                                                          : "Unknown ";
    return status + verdict.reason + ": " + verdict.message;
  }
  std::string Pools() const { return Text(PoolsVerdict(spec_, pools_)); }
  std::string Backends() const { return Text(BackendsVerdict(spec_, pools_)); }

  // No more than eight replicas fit.
  void Limit() {
    pools_.plan->max_replicas = pools_.plan->fitting_replicas = 8;
    pools_.plan->at_worst = {.replicas = 8, .surge = 2, .terminating = 0};
    pools_.plan->tightest = 1;
    pools_.shares[1].limit = pools_.shares[1].budget.granted = 10;
    spec_.connection_pools[1].backend.max_connections = 20;
    pools_.planned_for = spec_.connection_pools;
  }
  void Target() {
    spec_.workload = api::TargetRef{"apps/v1", "Deployment", "web"};
    pools_.target = TargetPools();
  }
  void Disagree() {
    pools_.shares[0].others = {"search", "carts"};
    pools_.shares[0].limits_differ = true;
    pools_.shares[0].limit = 470;
  }
  BackendFigures& Exporter(const char* backend) {
    for (api::ConnectionPool& pool : spec_.connection_pools) {
      if (pool.backend.name == backend) pool.backend.exporter = api::BackendExporter::kMysql;
    }
    BackendFigures& figures = pools_.backends[backend];
    figures.in_use = 10;
    figures.server_limit = 500;
    return figures;
  }

  api::ServiceSpec spec_;
  PoolRecord pools_;
};

TEST_F(PoolReport, Fits) {
  EXPECT_EQ(Pools(), "True Fits: The connections of all pods at worst fit into what the backends accept.");
}

TEST_F(PoolReport, PendingUntilThereIsAPlan) {
  pools_.plan.reset();
  EXPECT_EQ(Pools(), "Unknown Pending: The workloads that share the backends are being read.");
  EXPECT_THAT(PoolStatuses(pools_), IsEmpty());
  EXPECT_EQ(PoolPods(pools_), std::nullopt);
}

TEST_F(PoolReport, WhyTheConfigMapCannotBeWrittenComesFirst) {
  Limit();
  pools_.problem = Verdict::False("Forbidden", "x");
  EXPECT_EQ(Pools(), "False Forbidden: x");
  pools_.plan.reset();
  EXPECT_EQ(Pools(), "False Forbidden: x");
}

TEST_F(PoolReport, LimitedByBackend) {
  Limit();
  EXPECT_EQ(Pools(),
            "False LimitedByBackend: elastic allows 20 - 10 = 10: at 1 a replica 10 pods, which are 8 replicas + 2 in "
            "a rollout; maxReplicas is 8 instead of 20. Raise maxConnections, or lower perReplica.min or the "
            "strategy's maxSurge and maxUnavailable");
}

TEST_F(PoolReport, LimitedByAPartOfABackendThatAServerHasLessOf) {
  Limit();
  pools_.shares[1].limit = 60;
  pools_.plan->at_worst = {.replicas = 1, .surge = 1, .terminating = 1};
  EXPECT_THAT(Pools(), HasSubstr("elastic allows 60, 10 of them for this service: at 1 a replica 10 pods, which are 1 "
                                 "replica + 1 in a rollout + 1 on their way out; maxReplicas"));
}

TEST_F(PoolReport, LimitedToNotEvenOneReplica) {
  Limit();
  pools_.plan->fitting_replicas = 0;
  pools_.plan->max_replicas = 1;
  pools_.plan->at_worst = {.replicas = 1, .surge = 1, .terminating = 0};
  pools_.shares[1].limit = 10;
  pools_.shares[1].budget.granted = -5;
  EXPECT_THAT(Pools(),
              HasSubstr("at 1 a replica 0 pods, not even the 1 replica + 1 in a rollout of one replica. One is "
                        "kept all the same; maxReplicas is 1 instead of 20."));
}

TEST_F(PoolReport, TheMaximumOfAnAdoptedAutoscalerIsItsOwners) {
  Limit();
  spec_.autoscaling.adopted = api::AdoptedAutoscaler{api::AdoptedAutoscaler::Kind::kHorizontalPodAutoscaler, "theirs"};
  EXPECT_THAT(Pools(),
              HasSubstr("+ 2 in a rollout. The maximum of HorizontalPodAutoscaler theirs is its owner's: lower "
                        "it to 8; the floor ends there meanwhile. Or raise maxConnections"));
}

TEST_F(PoolReport, ATargetIsRolledOutByItsOwner) {
  Target();
  EXPECT_THAT(Pools(), HasSubstr("True Fits"));
  pools_.in_template.reset();
  EXPECT_EQ(Pools(),
            "False NotDelivered: The containers of Deployment web get no pool sizes: give them envFrom: "
            "[{configMapRef: {name: chat-pools-0123456789}}]");
  pools_.in_template = decide::PoolSizes{{"orders-db", 9}, {"search", 3}};
  EXPECT_EQ(Pools(),
            "False AwaitingRollout: The containers of Deployment web have other pool sizes than they are to have: give "
            "them envFrom: [{configMapRef: {name: chat-pools-0123456789}}]");
  pools_.target.reset();
  spec_.workload = api::OwnedWorkload();
  EXPECT_THAT(Pools(), HasSubstr("True Fits")) << "the Deployment of a template is rolled out by the operator";
}

TEST_F(PoolReport, SaysWhatIsUnderWay) {
  pools_.plan->max_replicas = 10;
  pools_.plan->step = PoolPlan::Step::kReplacing;
  EXPECT_EQ(
      Pools(),
      "False Replacing: Pods with larger pools, or of an unknown size, are being replaced; until the last of them "
      "is gone, no more than 10 replicas are asked for");
  pools_.plan->step = PoolPlan::Step::kDraining;
  EXPECT_EQ(Pools(),
            "False Draining: More pods than a rollout replaces are on their way out, and hold connections until they "
            "exit; until then, no more than 10 replicas are asked for");
  pools_.plan->step = PoolPlan::Step::kWaiting;
  pools_.shares[0].others = {"search", "carts"};
  pools_.shares[1].others = {"carts"};
  EXPECT_EQ(Pools(),
            "False WaitingForOthers: Services that share a backend hold more of it than what is theirs (carts, "
            "search); until they have shrunk, no more than 10 replicas are asked for");
  pools_.plan->step = PoolPlan::Step::kLowering;
  EXPECT_EQ(Pools(),
            "False Lowering: maxReplicas comes down to 20 step by step, at the pace of prediction.maxReleasePerPeriod");
}

TEST_F(PoolReport, ServicesMayDisagreeAboutABackend) {
  Disagree();
  EXPECT_EQ(Pools(),
            "False BackendsDiffer: This service and search, carts give mysql-orders different maxConnections or "
            "reserved; what leaves the least counts, 470. Give all of them the same");
  pools_.shares[0].shares_percent = 140;
  EXPECT_EQ(Pools(),
            "False SharesExceed: The sharePercent of mysql-orders come to 140 % with those of search, carts; they are "
            "cut in proportion. Lower them to 100 % in all");
  pools_.shares[0].shares_percent = 100;
  EXPECT_THAT(Pools(), HasSubstr("BackendsDiffer"));
}

TEST_F(PoolReport, HowAnUnknownKindReplacesItsPodsIsAssumed) {
  spec_.workload = api::TargetRef{"argoproj.io/v1alpha1", "Rollout", "web"};
  pools_.target = TargetPools();
  pools_.target->rollout_known = false;
  EXPECT_EQ(
      Pools(),
      "Unknown StrategyUnknown: How a Rollout replaces its pods is not known: as many again as there are replicas "
      "are allowed for, and more would be too many");
}

// From what concerns the most connections to what concerns the fewest.
TEST_F(PoolReport, TheWorstIsSaid) {
  Target();
  pools_.target->rollout_known = false;
  EXPECT_THAT(Pools(), HasSubstr("StrategyUnknown"));
  Disagree();
  EXPECT_THAT(Pools(), HasSubstr("BackendsDiffer"));
  pools_.plan->step = PoolPlan::Step::kReplacing;
  EXPECT_THAT(Pools(), HasSubstr("Replacing"));
  pools_.in_template.reset();
  EXPECT_THAT(Pools(), HasSubstr("NotDelivered"));
  Limit();
  EXPECT_THAT(Pools(), HasSubstr("LimitedByBackend"));
}

TEST_F(PoolReport, ABackendHasRoom) {
  EXPECT_FALSE(HasExporter(spec_));
  Exporter("mysql-orders");
  EXPECT_TRUE(HasExporter(spec_));
  EXPECT_EQ(Backends(), "True HaveRoom: The backends have room by their own figures.");
}

TEST_F(PoolReport, ABackendThatWasNotAskedForIsPending) {
  Exporter("mysql-orders");
  pools_.backends.clear();
  EXPECT_EQ(Backends(), "Unknown Pending: Prometheus has not been asked yet.");
}

TEST_F(PoolReport, ABackendOfWhichOnlyTheLimitIsRememberedIsPending) {
  BackendFigures& figures = Exporter("mysql-orders");
  figures.in_use.reset();
  EXPECT_THAT(Backends(), HasSubstr("Unknown Pending"));
  figures.server_limit = 400;
  EXPECT_THAT(Backends(), HasSubstr("False ServerAllowsLess"));
}

TEST_F(PoolReport, ABackendThatCannotBeRead) {
  BackendFigures& figures = Exporter("mysql-orders");
  figures.in_use.reset();
  figures.problem = "Prometheus has no figure of this backend.";
  EXPECT_EQ(Backends(), "Unknown Unreadable: mysql-orders: Prometheus has no figure of this backend.");
}

TEST_F(PoolReport, AServerThatAllowsLess) {
  Exporter("mysql-orders").server_limit = 499;
  EXPECT_EQ(Backends(),
            "False ServerAllowsLess: mysql-orders accepts 499 connections, not maxConnections 500: the smaller counts");
  pools_.backends["mysql-orders"].server_limit = 500;
  EXPECT_THAT(Backends(), HasSubstr("True HaveRoom"));
}

TEST_F(PoolReport, ABackendNearItsLimit) {
  Exporter("mysql-orders").is_nearly_full = true;
  EXPECT_EQ(
      Backends(),
      "False NearLimit: mysql-orders has 80 % or more of the connections in use that it accepts: somebody may hold "
      "more than was reserved for all others; see status.connectionPools");
}

TEST_F(PoolReport, ABackendOfWhichSomebodyHasMoreThanPlanned) {
  BackendFigures& figures = Exporter("mysql-orders");
  figures.is_nearly_full = true;
  pools_.shares[0].held = 280;
  figures.in_use = 301;
  EXPECT_EQ(Backends(),
            "False MoreThanPlanned: mysql-orders has more connections in use than the services that share it may hold "
            "and what is reserved: find who holds the others, and raise reserved by them");
  figures.in_use = 300;
  EXPECT_THAT(Backends(), HasSubstr("NearLimit"));
}

TEST_F(PoolReport, TheWorstBackendIsSaid) {
  Exporter("mysql-orders").problem = "x";
  Exporter("elastic").server_limit = 50;
  EXPECT_THAT(Backends(), HasSubstr("ServerAllowsLess: elastic"));
  pools_.backends["elastic"].is_nearly_full = true;
  EXPECT_THAT(Backends(), HasSubstr("NearLimit: elastic"));
  Exporter("elastic").server_limit = 100;
  pools_.backends["elastic"].is_nearly_full = false;
  EXPECT_THAT(Backends(), HasSubstr("Unreadable: mysql-orders"));
}

TEST_F(PoolReport, StatusOfEachPool) {
  Exporter("elastic").server_limit = 80;
  pools_.in_template = decide::PoolSizes{{"orders-db", 3}, {"another", 9}};
  const std::vector<api::PoolStatus> statuses = PoolStatuses(pools_);
  ASSERT_EQ(statuses.size(), 2u);
  const api::PoolStatus& orders = statuses[0];
  EXPECT_EQ(orders.name, "orders-db");
  EXPECT_EQ(orders.backend, "mysql-orders");
  EXPECT_EQ(orders.per_replica, 3) << "what the template has";
  EXPECT_EQ(orders.useful, 12);
  EXPECT_EQ(orders.worst_case_total, 35 * 8);
  EXPECT_EQ(orders.limit, 480);
  EXPECT_EQ(orders.note,
            "35 pods at worst (20 replicas + 5 in a rollout + 10 on their way out) x 8 = 280 of 480; 12 would be "
            "useful");
  EXPECT_EQ(orders.in_use, std::nullopt);
  EXPECT_EQ(orders.server_limit, std::nullopt);
  const api::PoolStatus& search = statuses[1];
  EXPECT_EQ(search.per_replica, 0) << "the template has no size of it";
  EXPECT_EQ(search.note, "35 pods at worst (20 replicas + 5 in a rollout + 10 on their way out) x 2 = 70 of 90");
  EXPECT_EQ(search.in_use, 10);
  EXPECT_EQ(search.server_limit, 80);
}

TEST_F(PoolReport, StatusOfThePods) {
  pools_.seen_waves = 3;
  EXPECT_EQ(PoolPods(pools_), (api::PoolPodsStatus{20, 5, 10, 3}));
}

}  // namespace
}  // namespace dso::controller
