#include "analyzer/report/loss_words.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/trace_records.h"

namespace tbprof::analyzer::report {
namespace {

TEST(LossWords, EveryKindOfARecordingHasWordsOfItsOwn) {
  for (std::uint32_t i = 0; i < proto::kLossKindCount; ++i) {
    const std::string kind = proto::loss_kind_name(static_cast<proto::LossKind>(i));
    std::string as_spelt = kind;
    for (char& letter : as_spelt) letter = letter == '_' ? ' ' : letter;
    EXPECT_NE(loss_label(kind), as_spelt);
    EXPECT_EQ(loss_label(kind).find('_'), std::string::npos);
  }
  EXPECT_EQ(loss_label("kind_of_tomorrow"), "kind of tomorrow");
}

TEST(LossWords, ALossWithoutASentenceGetsOne) {
  EXPECT_EQ(loss_sentence({"buffer_full", 2, 0, 0, "2 events were not recorded."}),
            "2 events were not recorded.");
  EXPECT_EQ(loss_sentence({"buffer_full", 1, 0, 0, ""}),
            "1\u00a0record is not whole: full buffers.");
  EXPECT_EQ(loss_sentence({"bad_payload", 3, 0, 0, ""}),
            "3\u00a0records are not whole: damaged records.");
}

TEST(LossWords, WhatIsMissingMakesFiguresTooLowAndWhatIsCutDoesNot) {
  EXPECT_TRUE(is_missing_events("buffer_full"));
  EXPECT_TRUE(is_missing_events("kind_of_tomorrow"));
  EXPECT_FALSE(is_missing_events("name_truncated"));
  EXPECT_NE(loss_meaning("write_failed").find("too low"), std::string::npos);
  EXPECT_NE(loss_meaning("name_truncated").find("Times and counts hold"), std::string::npos);
  const std::vector<trace::Loss> losses = {
      {"buffer_full", 1, 0, 0, ""}, {"name_truncated", 1, 0, 0, ""}, {"memory_limit", 1, 0, 0, ""}};
  EXPECT_EQ(loss_meanings(losses),
            (std::vector{loss_meaning("buffer_full"), loss_meaning("name_truncated")}))
      << "each once";
  EXPECT_TRUE(loss_meanings({}).empty());
}

}  // namespace
}  // namespace tbprof::analyzer::report
