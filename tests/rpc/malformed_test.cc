// Bytes that are no message, to every method of a server that runs: each call ends with an answer or an error, and the
// server goes on.
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "tests/rpc/server_fixture.h"

namespace dso::rpc {
namespace {

namespace v1 = deepseek::forecast::v1;

constexpr std::array kUnary{
    "/deepseek.forecast.v1.ForecastService/GetForecast",  "/deepseek.forecast.v1.ForecastService/Explain",
    "/deepseek.forecast.v1.ForecastService/ListServices", "/externalscaler.ExternalScaler/IsActive",
    "/externalscaler.ExternalScaler/GetMetricSpec",       "/externalscaler.ExternalScaler/GetMetrics",
    "/deepseek.forecast.v1.ForecastService/NoSuchMethod"};
constexpr std::array kStreams{"/deepseek.forecast.v1.ForecastService/WatchDecisions",
                              "/deepseek.forecast.v1.ForecastService/Simulate",
                              "/externalscaler.ExternalScaler/StreamIsActive"};
constexpr int kInputs = 300;  // for each method

std::string Valid() {
  v1::GetForecastRequest request;
  request.set_namespace_("prod");
  request.set_service("chat");
  request.mutable_horizon()->set_seconds(3600);
  request.add_quantiles(0.9);
  return request.SerializeAsString();
}

// A message with some bytes changed, cut or added; at times nothing but noise.
std::string Mutated(std::mt19937& random) {
  std::string bytes = random() % 4 == 0 ? "" : Valid();
  for (size_t i = 0, changes = random() % 8; i < changes; ++i) {
    const size_t at = bytes.empty() ? 0 : random() % bytes.size();
    const char byte = static_cast<char>(random());
    switch (random() % 3) {
      case 0: bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), byte); break;
      case 1: bytes.resize(at); break;
      default:
        if (!bytes.empty()) bytes[at] = byte;
    }
  }
  return bytes;
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return {&slice, 1};
}

class MalformedTest : public test::ServerTest {
 protected:
  grpc::Status Call(const char* method, const std::string& bytes) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const auto call = stub.PrepareUnaryCall(&context, method, BufferOf(bytes), &queue);
    call->StartCall();
    grpc::ByteBuffer response;
    grpc::Status status;
    call->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    return status;
  }
  // Of a stream that goes on, no more than the first message is awaited.
  void Stream(const char* method, const std::string& bytes) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const auto call = stub.PrepareCall(&context, method, &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(this);
    ASSERT_TRUE(queue.Next(&tag, &ok));
    call->Write(BufferOf(bytes), this);
    ASSERT_TRUE(queue.Next(&tag, &ok));
    call->WritesDone(this);
    ASSERT_TRUE(queue.Next(&tag, &ok));
    grpc::ByteBuffer response;
    call->Read(&response, this);
    ASSERT_TRUE(queue.Next(&tag, &ok));
    context.TryCancel();
    grpc::Status status;
    call->Finish(&status, this);
    ASSERT_TRUE(queue.Next(&tag, &ok));
    EXPECT_NE(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED) << method;
  }

  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(MalformedTest, EveryCallEnds) {
  board_.Publish(test::View("prod", "chat", 2));
  Start({.listen_address = {}, .limits = {.requests_per_second = 1'000'000}});
  channel_ = Channel();
  std::mt19937 random(20'261'122);
  for (const char* method : kUnary) {
    for (int i = 0; i < kInputs; ++i) {
      const grpc::StatusCode code = Call(method, Mutated(random)).error_code();
      EXPECT_NE(code, grpc::StatusCode::DEADLINE_EXCEEDED) << method;
      EXPECT_NE(code, grpc::StatusCode::UNKNOWN) << method;
    }
  }
  for (const char* method : kStreams) {
    for (int i = 0; i < kInputs / 10; ++i) Stream(method, Mutated(random));
  }
  grpc::ClientContext context;
  v1::ListServicesResponse response;
  EXPECT_TRUE(
      v1::ForecastService::NewStub(channel_)->ListServices(&context, v1::ListServicesRequest(), &response).ok());
  EXPECT_EQ(response.services_size(), 1);
}

}  // namespace
}  // namespace dso::rpc
