#include "cli/list_text.h"

#include <gtest/gtest.h>

#include "tests/cli/golden.h"
#include "tests/cli/sample_messages.h"

namespace dso::cli {
namespace {

using test::ExpectGolden;
using test::SampleView;
namespace v1 = deepseek::forecast::v1;

v1::ListServicesResponse SampleList() {
  v1::ListServicesResponse list;
  v1::ServiceSummary& chat = *list.add_services();
  chat.set_namespace_("prod");
  chat.set_service("chat");
  chat.set_mode("Active");
  chat.set_floor(9);
  chat.set_replicas(9);
  chat.set_ready_replicas(7);
  chat.set_reason("Forecast");
  chat.set_unit("requests/s");
  chat.set_demand(33.4);
  chat.set_forecast(63.1);
  chat.set_ready("True");
  v1::ServiceSummary& fresh = *list.add_services();
  fresh.set_namespace_("staging");
  fresh.set_service("embeddings-of-documents");
  fresh.set_mode("Shadow");
  fresh.set_ready("Unknown");
  return list;
}

TEST(ServiceTable, OfOneNamespace) { ExpectGolden("list", ServiceTable(SampleList(), false, false, SampleView())); }

TEST(ServiceTable, OfAllNamespacesAndWide) {
  ExpectGolden("list_wide", ServiceTable(SampleList(), true, true, SampleView()));
}

}  // namespace
}  // namespace dso::cli
