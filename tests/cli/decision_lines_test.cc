#include "cli/decision_lines.h"

#include <gtest/gtest.h>

#include "tests/cli/sample_messages.h"

namespace dso::cli {
namespace {

using test::kNow;
using test::SampleView;
namespace v1 = deepseek::forecast::v1;

v1::DecisionEvent Event(v1::DecisionEvent::Kind kind, int from, int to) {
  v1::DecisionEvent event;
  event.set_kind(kind);
  event.set_namespace_("prod");
  event.set_service("chat");
  *event.mutable_at() = test::ToTimestamp(kNow);
  event.set_from(from);
  event.set_to(to);
  event.set_reason("Forecast");
  event.set_explanation("at least 8 replicas: forecast of the peak until 16:17:25 UTC");
  return event;
}

TEST(DecisionLines, OneForEachDecision) {
  DecisionLines lines(true);
  EXPECT_EQ(
      lines.Next(Event(v1::DecisionEvent::KIND_CURRENT, 0, 7), SampleView()),
      "16:17:01 CET  prod/chat  7        Forecast  at least 8 replicas: forecast of the peak until 16:17:25 UTC\n");
  EXPECT_EQ(
      lines.Next(Event(v1::DecisionEvent::KIND_CHANGED, 7, 8), SampleView()),
      "16:17:01 CET  prod/chat  7 → 8    Forecast  at least 8 replicas: forecast of the peak until 16:17:25 UTC\n");
  v1::DecisionEvent gone = Event(v1::DecisionEvent::KIND_GONE, 8, 0);
  gone.clear_explanation();
  gone.clear_reason();
  EXPECT_EQ(lines.Next(gone, SampleView()), "16:17:01 CET  prod/chat  gone\n");
}

TEST(DecisionLines, AreCutToTheTerminal) {
  DecisionLines lines(false);
  const std::string line = lines.Next(Event(v1::DecisionEvent::KIND_CHANGED, 7, 8), SampleView());
  EXPECT_EQ(line, "16:17:01 CET  prod/chat  7 → 8    Forecast  at least 8 replicas: forecast of th…\n");
  EXPECT_EQ(DisplayWidth(line), 81);  // with the newline
}

TEST(DecisionLines, WhatANewStreamRepeatsIsNotTold) {
  DecisionLines lines(true);
  lines.Next(Event(v1::DecisionEvent::KIND_CHANGED, 7, 8), SampleView());
  EXPECT_EQ(lines.Next(Event(v1::DecisionEvent::KIND_CURRENT, 0, 8), SampleView()), "");
  EXPECT_TRUE(lines.Next(Event(v1::DecisionEvent::KIND_CURRENT, 0, 5), SampleView())
                  .starts_with("16:17:01 CET  prod/chat  8 → 5    Forecast"));
}

TEST(DecisionLines, MissedChangesAreCounted) {
  DecisionLines lines(true);
  v1::DecisionEvent event = Event(v1::DecisionEvent::KIND_CHANGED, 7, 12);
  event.set_missed(3);
  event.clear_explanation();
  EXPECT_EQ(lines.Next(event, SampleView()),
            "16:17:01 CET  prod/chat  7 → 12   Forecast  (3 changes before it not told: read too slowly)\n");
}

}  // namespace
}  // namespace dso::cli
