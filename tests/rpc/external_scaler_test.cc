#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/rpc/server_fixture.h"

namespace dso::rpc {
namespace {

using externalscaler::ExternalScaler;
using externalscaler::IsActiveResponse;
using externalscaler::ScaledObjectRef;
using test::View;

ScaledObjectRef Following(const std::string& service) {
  ScaledObjectRef ref;
  ref.set_name("chat-keda");
  ref.set_namespace_("prod");
  (*ref.mutable_scalermetadata())["service"] = service;
  return ref;
}

class ExternalScalerTest : public test::ServerTest {
 protected:
  grpc::Status Floor(const ScaledObjectRef& ref, double* floor, const std::string& metric = "floor") {
    const auto stub = ExternalScaler::NewStub(Channel());
    grpc::ClientContext context;
    SetDeadline(context);
    externalscaler::GetMetricsRequest request;
    *request.mutable_scaledobjectref() = ref;
    request.set_metricname(metric);
    externalscaler::GetMetricsResponse response;
    grpc::Status status = stub->GetMetrics(&context, request, &response);
    if (response.metricvalues_size() == 1) {
      EXPECT_EQ(response.metricvalues(0).metricname(), "floor");
      *floor = response.metricvalues(0).metricvaluefloat();
      EXPECT_EQ(response.metricvalues(0).metricvalue(), *floor);
    }
    return status;
  }
};

TEST_F(ExternalScalerTest, TheMetricIsTheFloorAndItsTargetIsOne) {
  board_.Publish(View("prod", "chat", 21));
  Start();
  double floor = 0;
  EXPECT_TRUE(Floor(Following("chat"), &floor).ok());
  EXPECT_EQ(floor, 21);

  const auto stub = ExternalScaler::NewStub(Channel());
  grpc::ClientContext context;
  externalscaler::GetMetricSpecResponse specs;
  ASSERT_TRUE(stub->GetMetricSpec(&context, Following("chat"), &specs).ok());
  ASSERT_EQ(specs.metricspecs_size(), 1);
  EXPECT_EQ(specs.metricspecs(0).metricname(), "floor");
  EXPECT_EQ(specs.metricspecs(0).targetsizefloat(), 1);

  grpc::ClientContext another;
  IsActiveResponse active;
  ASSERT_TRUE(stub->IsActive(&another, Following("chat"), &active).ok());
  EXPECT_TRUE(active.result());
}

TEST_F(ExternalScalerTest, ErrorsNameTheServiceOrTheField) {
  board_.Publish(View("other", "chat", 3));
  Start();
  double floor = 0;
  const grpc::Status unknown = Floor(Following("chat"), &floor);
  EXPECT_EQ(unknown.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(test::DetailOf<google::rpc::ResourceInfo>(unknown).resource_name(), "prod/chat");

  ScaledObjectRef elsewhere = Following("chat");
  (*elsewhere.mutable_scalermetadata())["namespace"] = "other";
  const grpc::Status crossing = Floor(elsewhere, &floor);
  EXPECT_EQ(crossing.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(test::DetailOf<google::rpc::BadRequest>(crossing).field_violations(0).field(), "scalerMetadata.namespace");

  EXPECT_EQ(Floor(Following("chat"), &floor, "s0-floor").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  Stop();
  EXPECT_EQ(handled_["/externalscaler.ExternalScaler/GetMetrics NotFound"], 1);
  EXPECT_EQ(handled_["/externalscaler.ExternalScaler/GetMetrics InvalidArgument"], 2);
}

TEST_F(ExternalScalerTest, AServiceWithoutAFloorHasNoMetric) {
  auto view = std::make_shared<ServiceView>(*View("prod", "chat", 1));
  view->status = std::make_shared<api::ServiceStatus>();
  board_.Publish(view);
  Start();
  double floor = 0;
  EXPECT_EQ(Floor(Following("chat"), &floor).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(ExternalScalerTest, AStreamSaysActiveAtOnceAndEndsWithTheService) {
  board_.Publish(View("prod", "chat", 2));
  Start();
  const auto stub = ExternalScaler::NewStub(Channel());
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = stub->StreamIsActive(&context, Following("chat"));
  IsActiveResponse active;
  ASSERT_TRUE(reader->Read(&active));
  EXPECT_TRUE(active.result());
  loop_.Post([this] { board_.Remove("prod", "chat"); });
  EXPECT_FALSE(reader->Read(&active));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ExternalScalerTest, AStreamBecomesActiveWhenTheFirstFloorIsDecided) {
  auto view = std::make_shared<ServiceView>(*View("prod", "chat", 1));
  view->status = std::make_shared<api::ServiceStatus>();
  board_.Publish(view);
  Start();
  const auto stub = ExternalScaler::NewStub(Channel());
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = stub->StreamIsActive(&context, Following("chat"));
  IsActiveResponse active;
  ASSERT_TRUE(reader->Read(&active));
  EXPECT_FALSE(active.result());
  loop_.Post([this] { board_.Publish(View("prod", "chat", 4)); });
  ASSERT_TRUE(reader->Read(&active));
  EXPECT_TRUE(active.result());
}

TEST_F(ExternalScalerTest, AStreamSaysActiveAgainWithEachFloor) {
  board_.Publish(View("prod", "chat", 2));
  Start();
  const auto stub = ExternalScaler::NewStub(Channel());
  grpc::ClientContext context;
  SetDeadline(context);
  const auto reader = stub->StreamIsActive(&context, Following("chat"));
  IsActiveResponse active;
  for (int floor = 3; floor <= 5; ++floor) {
    active.set_result(false);
    ASSERT_TRUE(reader->Read(&active));
    EXPECT_TRUE(active.result());
    loop_.Post([this, floor] { board_.Publish(View("prod", "chat", floor)); });
  }
}

TEST_F(ExternalScalerTest, StreamsEndWellWhenTheServerStops) {
  board_.Publish(View("prod", "chat", 2));
  Start();
  const auto stub = ExternalScaler::NewStub(Channel());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<IsActiveResponse>>> readers;
  IsActiveResponse active;
  for (int i = 0; i < 50; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    SetDeadline(*contexts.back());
    readers.push_back(stub->StreamIsActive(contexts.back().get(), Following("chat")));
    ASSERT_TRUE(readers.back()->Read(&active));
  }
  Stop();
  for (const auto& reader : readers) {
    EXPECT_FALSE(reader->Read(&active));
    EXPECT_TRUE(reader->Finish().ok());
  }
}

TEST_F(ExternalScalerTest, TooManyStreamsAreRefusedUntilSomeEnd) {
  board_.Publish(View("prod", "chat", 2));
  Start({.listen_address = {}, .limits = {.requests_per_second = 1000, .streams_per_client = 3, .streams = 10}});
  const auto stub = ExternalScaler::NewStub(Channel());
  const auto open = [&](grpc::ClientContext& context) {
    SetDeadline(context);
    return stub->StreamIsActive(&context, Following("chat"));
  };
  IsActiveResponse active;
  std::array<grpc::ClientContext, 3> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<IsActiveResponse>>> readers;
  for (auto& context : contexts) {
    readers.push_back(open(context));
    ASSERT_TRUE(readers.back()->Read(&active));
  }
  grpc::ClientContext fourth;
  const auto refused = open(fourth);
  EXPECT_FALSE(refused->Read(&active));
  const grpc::Status status = refused->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_GT(test::DetailOf<google::rpc::RetryInfo>(status).retry_delay().seconds(), 0);

  contexts[0].TryCancel();
  readers[0]->Finish();
  // The server learns of the cancellation in its own time.
  grpc::StatusCode last = grpc::StatusCode::RESOURCE_EXHAUSTED;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (last == grpc::StatusCode::RESOURCE_EXHAUSTED && std::chrono::steady_clock::now() < until) {
    grpc::ClientContext fifth;
    const auto reader = open(fifth);
    if (reader->Read(&active)) {
      last = grpc::StatusCode::OK;
      fifth.TryCancel();
      reader->Finish();
    } else {
      last = reader->Finish().error_code();
    }
  }
  EXPECT_EQ(last, grpc::StatusCode::OK);
}

TEST_F(ExternalScalerTest, WhoAsksTooOftenHasToWait) {
  board_.Publish(View("prod", "chat", 2));
  Start({.listen_address = {}, .limits = {.requests_per_second = 1, .streams_per_client = 3, .streams = 10}});
  double floor = 0;
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    const grpc::Status status = Floor(Following("chat"), &floor);
    if (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) ++refused;
  }
  EXPECT_GE(refused, 1);
}

TEST_F(ExternalScalerTest, UntilTheServicesAreKnownNothingIsUnknown) {
  Start();
  loop_.Post([this] { server_->SetServing(false); });
  double floor = 0;
  grpc::StatusCode code = grpc::StatusCode::OK;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do {
    code = Floor(Following("chat"), &floor).error_code();
  } while (code == grpc::StatusCode::NOT_FOUND && std::chrono::steady_clock::now() < until);
  EXPECT_EQ(code, grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace dso::rpc
