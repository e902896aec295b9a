// Holds the fake that the other tests use to what the real server does.
#include "tests/prom/fake_prometheus.h"

#include "tests/prom/contract.h"
#include "tests/support/fake_loop.h"

namespace dso::prom {
namespace {

class FakeSubject {
 public:
  FakeSubject() {
    const auto minutes = [this](double offset) {
      return [this, offset](WallTime at) -> std::optional<double> {
        if (at < start()) return std::nullopt;
        return offset + static_cast<double>((at - start()) / seconds(60));
      };
    };
    prometheus_.Define("contract_minute", {{Of("prod", "chat"), minutes(0)}, {Of("prod", "search"), minutes(100'000)}});
    prometheus_.Define("contract_nan", {{Labels{}, FakePrometheus::Constant(NAN)}});
    prometheus_.Define("contract_inf", {{Labels{}, FakePrometheus::Constant(INFINITY)}});
    Labels up = Of("prod", "chat");
    up["up"] = "1";
    Labels down = Of("prod", "chat");
    down["up"] = "0";
    prometheus_.Define(R"(count_values by (namespace, service) ("up", contract_up))",
                       {{up, FakePrometheus::Constant(2)}, {down, FakePrometheus::Constant(1)}});
    prometheus_.DefineRangeVector("contract_minute[5m]");
    prometheus_.set_chunk_bytes(10'000);
  }
  static bool IsAvailable() { return true; }
  Loop& loop() { return loop_; }
  http::HttpTransport& transport() { return transport_; }
  template <typename T>
  T Run(Task<T> task) {
    return RunTask(loop_, std::move(task));
  }
  WallTime start() const { return FakeLoop::kDefaultStart; }

 private:
  FakeLoop loop_;
  FakePrometheus prometheus_;
  http::FakeTransport transport_{loop_, prometheus_.Handler()};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Fake, PrometheusContract, FakeSubject);

}  // namespace
}  // namespace dso::prom
