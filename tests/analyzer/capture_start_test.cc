#include "analyzer/capture_start.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/analyzer/import/gzip_bytes.h"
#include "tests/analyzer/import/tbtrace_file.h"

namespace tbprof::analyzer {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(CaptureStart, OfOursIsInTheHeader) {
  proto::TraceHeader header;
  header.start_realtime_ns = 1'763'728'300'123'456'789;
  EXPECT_EQ(start_unix_ns(first_header(tbprof::tests::TbtraceFile(header).view())),
            1'763'728'300'123'456'789);
  header.start_realtime_ns = 5;
  EXPECT_EQ(start_unix_ns(first_header(tbprof::tests::TbtraceFile(header).view())), 0);
  EXPECT_EQ(start_unix_ns(first_header(bytes_of(""))), 0);
  EXPECT_EQ(start_unix_ns(first_header(bytes_of("neither header nor record"))), 0);
}

TEST(CaptureStart, OfTorchIsTheFirstEventThatHasATimeOfDay) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {R"({"baseTimeNanoseconds": 1759000000000000000, "traceEvents": [{"ph": "X", "ts": 2000.5, "dur": 1}]})",
       1'759'000'000'002'000'500},
      {R"({"traceEvents": [{"ph": "M", "ts": 0, "pid": 1}, {"ph": "X", "ts": 1632000000000000, "dur": 1}]})",
       1'632'000'000'000'000'000},
      {R"({"traceEvents": [{"ph": "X", "ts": 12, "dur": 1}]})", 0},
      {R"({"baseTimeNanoseconds": 1759000000000000000, "traceEvents": []})", 0},
      {R"({"traceEvents": [{"ph": "X", "ts": 16320000)", 0},
      {R"({"ts": "a")", 0},
      {"", 0},
  };
  // A double holds these to some 256 ns.
  for (const auto& [text, start_ns] : cases) {
    EXPECT_NEAR(static_cast<double>(torch_json_start_unix_ns(bytes_of(text))),
                static_cast<double>(start_ns), 1000)
        << text;
  }
}

}  // namespace
}  // namespace tbprof::analyzer
