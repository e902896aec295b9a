#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rpc/server_fixture.h"

namespace dso::rpc {
namespace {

namespace v1 = deepseek::forecast::v1;
using test::View;
using testing::ElementsAre;
using testing::HasSubstr;

class ForecastServiceTest : public test::ServerTest {
 protected:
  std::unique_ptr<v1::ForecastService::Stub> Stub() const { return v1::ForecastService::NewStub(Channel()); }

  grpc::Status GetForecast(const v1::GetForecastRequest& request, v1::GetForecastResponse& response) const {
    grpc::ClientContext context;
    SetDeadline(context);
    return Stub()->GetForecast(&context, request, &response);
  }
  static v1::GetForecastRequest About(const std::string& service) {
    v1::GetForecastRequest request;
    request.set_namespace_("prod");
    request.set_service(service);
    return request;
  }
};

TEST_F(ForecastServiceTest, AForecastIsAskedForOnTheLoop) {
  std::thread::id asked_on;
  PathQuery asked;
  forecast_ = [&](const std::string& ns, const std::string& name, PathQuery query) -> Result<ForecastPath> {
    EXPECT_EQ(ns + "/" + name, "prod/chat");
    asked_on = std::this_thread::get_id();
    asked = query;
    ForecastPath path{.unit = "requests/s", .model = "day Holt-Winters", .lead = std::chrono::minutes(5)};
    path.quantiles = query.quantiles;
    path.points = {{.at = WallTime(std::chrono::hours(1)), .expected = 10, .values = {8, 12}}};
    path.error_ratio = 0.05;
    return path;
  };
  Start();
  v1::GetForecastRequest request = About("chat");
  request.mutable_horizon()->set_seconds(3600);
  request.add_quantiles(0.1);
  request.add_quantiles(0.9);
  v1::GetForecastResponse response;
  const grpc::Status status = GetForecast(request, response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(asked_on, thread_.get_id());
  EXPECT_EQ(asked.horizon, std::chrono::hours(1));
  EXPECT_EQ(response.model(), "day Holt-Winters");
  EXPECT_EQ(response.lead().seconds(), 300);
  ASSERT_EQ(response.path_size(), 1);
  EXPECT_EQ(response.path(0).at().seconds(), 3600);
  EXPECT_THAT(response.path(0).values(), ElementsAre(8, 12));
  EXPECT_EQ(response.accuracy().error_ratio(), 0.05);
  EXPECT_FALSE(response.accuracy().has_coverage_ratio());
}

TEST_F(ForecastServiceTest, WhatIsWrongComesAsFields) {
  Start();
  v1::GetForecastRequest request;
  request.set_service("chat");
  request.mutable_horizon()->set_seconds(-1);
  request.add_quantiles(7);
  v1::GetForecastResponse response;
  const grpc::Status status = GetForecast(request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto bad = test::DetailOf<google::rpc::BadRequest>(status);
  std::vector<std::string> fields;
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  EXPECT_THAT(fields, ElementsAre("namespace", "horizon", "quantiles[0]"));
  EXPECT_EQ(test::DetailOf<google::rpc::ErrorInfo>(status).domain(), "deepseek-operator.dev");
}

TEST_F(ForecastServiceTest, AServiceThatIsNotThereIsNotFound) {
  Start();
  v1::GetForecastResponse response;
  EXPECT_EQ(GetForecast(About("chat"), response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ForecastServiceTest, AServiceWithoutAForecastSaysWhy) {
  forecast_ = [](const auto&, const auto&, const auto&) -> Result<ForecastPath> {
    return Error{ErrorCode::kUnavailable, "its history is still being read"};
  };
  Start();
  v1::GetForecastResponse response;
  const grpc::Status status = GetForecast(About("chat"), response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("history"));
}

TEST_F(ForecastServiceTest, AForecastThatThrowsIsAnErrorOfThatCall) {
  forecast_ = [](const auto&, const auto&, const PathQuery&) -> Result<ForecastPath> {
    throw std::runtime_error("boom");
  };
  Start();
  v1::GetForecastResponse response;
  EXPECT_EQ(GetForecast(About("chat"), response).error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(GetForecast(About("chat"), response).error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(ForecastServiceTest, ALoopThatIsBusyCostsCallersTheirDeadlineAndNothingElse) {
  std::atomic<int> answered = 0;
  forecast_ = [&](const auto&, const auto&, const auto&) -> Result<ForecastPath> {
    ++answered;
    return ForecastPath{};
  };
  Start();
  std::atomic<bool> blocked = true;
  loop_.Post([&blocked] { blocked.wait(true); });
  const auto stub = Stub();
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientAsyncResponseReader<v1::GetForecastResponse>>> calls;
  grpc::CompletionQueue queue;
  constexpr int kCalls = 100;
  std::vector<v1::GetForecastResponse> responses(kCalls);
  std::vector<grpc::Status> statuses(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    contexts.back()->set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
    calls.push_back(stub->AsyncGetForecast(contexts.back().get(), About("chat"), &queue));
    calls.back()->Finish(&responses[i], &statuses[i], nullptr);
  }
  int exhausted = 0;
  int late = 0;
  for (int i = 0; i < kCalls; ++i) {
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
  }
  for (const grpc::Status& status : statuses) {
    if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) ++exhausted;
    if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) ++late;
  }
  // On the same connection: the server has seen by now that the others were given up.
  grpc::ClientContext barrier;
  v1::ListServicesResponse list;
  EXPECT_TRUE(stub->ListServices(&barrier, v1::ListServicesRequest(), &list).ok());
  blocked = false;
  blocked.notify_all();
  EXPECT_GT(exhausted, 0);
  EXPECT_EQ(exhausted + late, kCalls);
  // Those that nobody waits for any more are not worked out.
  v1::GetForecastResponse response;
  EXPECT_TRUE(GetForecast(About("chat"), response).ok());
  EXPECT_EQ(answered, 1);
}

TEST_F(ForecastServiceTest, ExplainTellsADecisionAndWhatItWasMadeFrom) {
  auto view = std::make_shared<ServiceView>(*View("prod", "chat", 7));
  view->leads = true;
  decide::Decision decision;
  decision.floor = decision.wanted = decision.hpa_min_replicas = 9;
  decision.reason = decide::FloorReason::kForecast;
  decision.hold = decide::Hold::kPods;
  decision.explanation = "at least 9 replicas";
  view->decision = decision;
  decide::Snapshot made_from;
  made_from.demand = {.state = decide::Demand::State::kKnown, .value = 41, .at_least = true};
  made_from.forecast = {.state = decide::Forecast::State::kReady, .expected = 80, .quantile = 90, .slack = 0.25};
  made_from.ceiling = decide::Ceiling{.replicas = 20, .of = decide::Ceiling::Of::kBackends};
  made_from.pods_on_their_way = 2;
  made_from.standing = 8;
  view->made_from = made_from;
  board_.Publish(view);
  Start();
  grpc::ClientContext context;
  v1::ExplainRequest request;
  request.set_namespace_("prod");
  request.set_service("chat");
  v1::ExplainResponse response;
  ASSERT_TRUE(Stub()->Explain(&context, request, &response).ok());
  EXPECT_EQ(response.decision().floor(), 9);
  EXPECT_EQ(response.decision().hold(), "Pods");
  EXPECT_EQ(response.decision().explanation(), "at least 9 replicas");
  EXPECT_EQ(response.demand().value(), 41);
  EXPECT_TRUE(response.demand().at_least());
  EXPECT_EQ(response.forecast().quantile(), 90);
  EXPECT_EQ(response.forecast().slack_ratio(), 0.25);
  EXPECT_EQ(response.bounds().max(), 20);
  EXPECT_EQ(response.bounds().max_from(), "Backends");
  EXPECT_EQ(response.pods().on_their_way(), 2);
  EXPECT_EQ(response.standing(), 8);
}

TEST_F(ForecastServiceTest, AStandbyExplainsWhatTheLeaderHasWritten) {
  auto view = std::make_shared<ServiceView>(*View("prod", "chat", 7));
  view->decision.emplace();
  view->decision->floor = 3;
  view->decision->explanation = "mine";
  board_.Publish(view);
  Start();
  grpc::ClientContext context;
  v1::ExplainRequest request;
  request.set_namespace_("prod");
  request.set_service("chat");
  v1::ExplainResponse response;
  ASSERT_TRUE(Stub()->Explain(&context, request, &response).ok());
  EXPECT_FALSE(response.leads());
  EXPECT_EQ(response.decision().floor(), 7);
  EXPECT_EQ(response.decision().explanation(), "because");
}

TEST_F(ForecastServiceTest, ListsInPages) {
  for (const char* name : {"a", "b", "c", "d", "e"}) board_.Publish(View("prod", name, 2));
  board_.Publish(View("dev", "z", 2));
  Start();
  std::vector<std::string> names;
  v1::ListServicesRequest request;
  request.set_namespace_("prod");
  request.set_page_size(2);
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ListServicesResponse response;
    ASSERT_TRUE(Stub()->ListServices(&context, request, &response).ok());
    for (const auto& service : response.services()) names.push_back(service.service());
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(pages, 3);
}

TEST_F(ForecastServiceTest, AWatchTellsWhatStandsThenEachChange) {
  board_.Publish(View("prod", "a", 2));
  board_.Publish(View("prod", "b", 3));
  board_.Publish(View("dev", "c", 4));
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  v1::WatchDecisionsRequest request;
  request.set_namespace_("prod");
  const auto reader = Stub()->WatchDecisions(&context, request);
  const auto next = [&reader]() -> std::string {
    v1::WatchDecisionsResponse event;
    if (!reader->Read(&event)) return "end";
    const auto& told = event.decision();
    return v1::DecisionEvent::Kind_Name(told.kind()) + " " + told.service() + " " + std::to_string(told.from()) + ">" +
           std::to_string(told.to());
  };
  EXPECT_EQ(next(), "KIND_CURRENT a 0>2");
  EXPECT_EQ(next(), "KIND_CURRENT b 0>3");
  loop_.Post([this] {
    board_.Publish(View("dev", "c", 9));
    board_.Publish(View("prod", "a", 5));
  });
  EXPECT_EQ(next(), "KIND_CHANGED a 2>5");
  loop_.Post([this] { board_.Remove("prod", "b"); });
  EXPECT_EQ(next(), "KIND_GONE b 3>0");
  loop_.Post([this] { board_.Publish(View("prod", "n", 1)); });
  EXPECT_EQ(next(), "KIND_CHANGED n 0>1");
  Stop();
  EXPECT_EQ(next(), "end");
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ForecastServiceTest, WhoDoesNotReadMissesWhatIsInBetweenAndGetsTheNewest) {
  constexpr int kServices = 50;
  constexpr int kLast = 400;
  for (int i = 0; i < kServices; ++i) board_.Publish(View("prod", "s" + std::to_string(i), 1));
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = Stub()->WatchDecisions(&context, v1::WatchDecisionsRequest());
  v1::WatchDecisionsResponse event;
  for (int i = 0; i < kServices; ++i) ASSERT_TRUE(reader->Read(&event));
  const std::string explanation(4000, 'x');
  std::atomic<bool> published = false;
  loop_.Post([&] {
    for (int floor = 2; floor <= kLast; ++floor) {
      for (int i = 0; i < kServices; ++i) {
        auto view = std::make_shared<ServiceView>(*View("prod", "s" + std::to_string(i), floor));
        auto status = std::make_shared<api::ServiceStatus>(*view->status);
        status->explanation = explanation;
        view->status = std::move(status);
        board_.Publish(view);
      }
    }
    published = true;
    published.notify_all();
  });
  published.wait(false);
  std::map<std::string, int> last;
  int missed = 0;
  int events = 0;
  while (std::count_if(last.begin(), last.end(), [](const auto& entry) { return entry.second == kLast; }) < kServices) {
    ASSERT_TRUE(reader->Read(&event));
    last[event.decision().service()] = event.decision().to();
    missed += event.decision().missed();
    ++events;
  }
  EXPECT_GT(missed, 0);
  EXPECT_EQ(events + missed, kServices * (kLast - 1));
}

TEST_F(ForecastServiceTest, ASimulationTellsItsProgressAndItsResult) {
  Start();
  v1::SimulateRequest request;
  std::string csv;
  for (int i = 0; i < 4032; ++i) {
    const int hour = i / 12 % 24;
    csv += std::to_string(1'700'000'000 + 300 * i) + "," + std::to_string(hour > 7 && hour < 20 ? 100 : 20) + "\n";
  }
  request.set_csv(csv);
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = Stub()->Simulate(&context, request);
  v1::SimulateResponse response;
  double progress = 0;
  while (reader->Read(&response) && response.has_progress()) {
    EXPECT_GE(response.progress(), progress);
    progress = response.progress();
  }
  const grpc::Status status = reader->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_TRUE(response.has_result());
  EXPECT_EQ(response.result().samples(), 4032);
  EXPECT_EQ(response.result().capacity_per_replica(), 10);
  EXPECT_GT(response.result().accuracy().forecasts(), 0);
  EXPECT_LT(response.result().with_floor().lost_ratio(), response.result().alone().lost_ratio());
}

TEST_F(ForecastServiceTest, ASimulationEndsWhenItsClientGoes) {
  Start();
  v1::SimulateRequest request;
  std::string csv;
  for (int i = 0; i < 90'000; ++i) csv += std::to_string(1'700'000'000 + 300 * i) + "," + std::to_string(i % 97) + "\n";
  request.set_csv(csv);
  request.mutable_policy()->set_frontier(true);
  {
    grpc::ClientContext context;
    const auto reader = Stub()->Simulate(&context, request);
    v1::SimulateResponse response;
    ASSERT_TRUE(reader->Read(&response));
    grpc::ClientContext second;
    SetDeadline(second);
    const auto busy = Stub()->Simulate(&second, request);
    EXPECT_FALSE(busy->Read(&response));
    EXPECT_EQ(busy->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    context.TryCancel();
    reader->Finish();
  }
  grpc::Status status;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  request.set_csv("1,1\n");
  do {
    grpc::ClientContext context;
    const auto reader = Stub()->Simulate(&context, request);
    v1::SimulateResponse response;
    EXPECT_FALSE(reader->Read(&response));
    status = reader->Finish();
  } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED && std::chrono::steady_clock::now() < until);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ForecastServiceTest, MessagesThatAreTooLargeOrNoneAreRefused) {
  board_.Publish(View("prod", "chat", 2));
  Start();
  v1::SimulateRequest request;
  request.set_csv(std::string(5 << 20, '1'));
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = Stub()->Simulate(&context, request);
  v1::SimulateResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::ListServicesResponse list;
  grpc::ClientContext after;
  EXPECT_TRUE(Stub()->ListServices(&after, v1::ListServicesRequest(), &list).ok());
  EXPECT_EQ(list.services_size(), 1);
}

}  // namespace
}  // namespace dso::rpc
