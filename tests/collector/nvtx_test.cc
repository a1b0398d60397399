// Ranges of an unmodified NVTX program, through NVIDIA's own headers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "collector/event.h"
#include "collector/nvtx_abi.h"
#include "collector/operator_name.h"
#include "tests/collector/capture.h"

#ifdef TBPROF_NVTX_PROBE
#include <nvtx3/nvToolsExt.h>

namespace tbprof::collector::nvtx {
static_assert(sizeof(EventAttributes) == sizeof(nvtxEventAttributes_t));
static_assert(offsetof(EventAttributes, size_bytes) == offsetof(nvtxEventAttributes_t, size));
static_assert(offsetof(EventAttributes, message_type) ==
              offsetof(nvtxEventAttributes_t, messageType));
static_assert(offsetof(EventAttributes, message) == offsetof(nvtxEventAttributes_t, message));
static_assert(sizeof(CallbacksTable) == sizeof(NvtxExportTableCallbacks));
static_assert(kCallbacksTable == NVTX_ETID_CALLBACKS);
static_assert(kModuleCore == NVTX_CB_MODULE_CORE && kModuleCore2 == NVTX_CB_MODULE_CORE2);
static_assert(kMarkEx == +NVTX_CBID_CORE_MarkEx && kRangePop == +NVTX_CBID_CORE_RangePop);
static_assert(kRangeStartEx == +NVTX_CBID_CORE_RangeStartEx);
static_assert(kRangeEnd == +NVTX_CBID_CORE_RangeEnd);
static_assert(kRangePushA == +NVTX_CBID_CORE_RangePushA);
static_assert(kNameOsThreadW == +NVTX_CBID_CORE_NameOsThreadW);
static_assert(kDomainMarkEx == +NVTX_CBID_CORE2_DomainMarkEx);
static_assert(kDomainRangePop == +NVTX_CBID_CORE2_DomainRangePop);
static_assert(kDomainRegisterStringW == +NVTX_CBID_CORE2_DomainRegisterStringW);
static_assert(kDomainCreateW == +NVTX_CBID_CORE2_DomainCreateW);
static_assert(offsetof(EventAttributes, payload) == offsetof(nvtxEventAttributes_t, payload));
static_assert(static_cast<int>(PayloadType::int32) == NVTX_PAYLOAD_TYPE_INT32);
static_assert(static_cast<int>(PayloadType::float32) == NVTX_PAYLOAD_TYPE_FLOAT);
static_assert(static_cast<int>(MessageType::registered) == NVTX_MESSAGE_TYPE_REGISTERED);
}  // namespace tbprof::collector::nvtx
#endif

namespace tbprof::tests {
namespace {

TEST(Nvtx, RangesOfAnUnmodifiedProgramAreRecorded) {
#ifndef TBPROF_NVTX_PROBE
  GTEST_SKIP() << "NVTX's headers are not in .tools (wheel nvidia-nvtx)";
#else
  const TemporaryFolder folder;
  const Outcome outcome = run_program(
      {TBPROF_NVTX_PROBE}, {.environment = {std::string("NVTX_INJECTION64_PATH=") + TBPROF_LIBRARY,
                                            "TBPROF_LOGDIR=" + folder.path()}});
  EXPECT_TRUE(outcome.exited_with(0)) << outcome.err;
  const std::vector<Capture> captures = read_captures(folder.path());
  ASSERT_EQ(captures.size(), 1u);
  const Capture& capture = captures[0];
  EXPECT_EQ(capture.error, "");
  EXPECT_TRUE(capture.finished);
  ASSERT_EQ(capture.steps.size(), 5u);
  EXPECT_EQ(capture.steps[3].number, 3);
  EXPECT_EQ(capture.steps[4].number, 9);
  EXPECT_EQ(capture.count("iteration"), 5u);
  EXPECT_EQ(capture.find("iteration")->category, proto::Category::step);
  EXPECT_EQ(capture.count("w\u00efde"), 4u);
  ASSERT_EQ(capture.count("all reduce"), 2u);
  for (const CapturedSlice& slice : capture.slices) {
    if (slice.name != "all reduce") continue;
    EXPECT_EQ(slice.facts.at("payload"), "1099511627776");
    EXPECT_EQ(slice.facts.at("domain"), "NCCL");
  }
  ASSERT_EQ(capture.count("own"), 1u);
  EXPECT_LE(capture.find("all reduce")->end_ns(), capture.find("own")->end_ns());
  EXPECT_EQ(capture.find("own")->category, proto::Category::annotation);
  EXPECT_EQ(capture.find("outer")->facts.at("payload"), "-5");
  EXPECT_EQ(capture.find("inner")->facts.at("payload"), "0.25");
  EXPECT_TRUE(capture.find("without")->facts.empty());
  EXPECT_TRUE(capture.find("own")->facts.empty());
  EXPECT_EQ(capture.count("aten::mul"), 3u);
  EXPECT_EQ(capture.find("aten::mul")->category, proto::Category::cpu_operator);
  EXPECT_EQ(capture.instants,
            (std::vector<std::string>{"mark", "queue full", "queue full", "all reduce", "plain"}));
  using Facts = std::map<std::string, std::string>;
  EXPECT_EQ(capture.instant_facts,
            (std::vector<Facts>{{},
                                {{"domain", "NCCL"}, {"payload", "17"}},
                                {{"payload", "-18"}},
                                {{"domain", "NCCL"}, {"payload", "1099511627776"}},
                                {}}));
  ASSERT_EQ(capture.count("send"), 1u);
  EXPECT_EQ(capture.find("send")->facts, (Facts{{"domain", "NCCL"}, {"payload", "2.5"}}));
  EXPECT_TRUE(capture.find("across threads")->facts.empty());
  ASSERT_EQ(capture.count("across threads"), 1u);
  const std::uint32_t range_track = capture.find("across threads")->track;
  EXPECT_EQ(capture.tracks.at(range_track).kind, proto::TrackKind::process);
  EXPECT_EQ(capture.track_names.at(capture.find("own")->track), "trainer");
  EXPECT_TRUE(capture.losses.empty());
  ASSERT_EQ(capture.open.size(), 2u);
  EXPECT_NE(capture.open[0].track_id, range_track);
  EXPECT_EQ(capture.open[1].track_id, range_track);
#endif
}

TEST(Nvtx, AnOperatorIsCalledWithoutItsNumbers) {
  const auto name_of = [](const char* text) {
    const collector::nvtx::OperatorName name(text);
    return std::string(name.is_operator() ? name.text() : "");
  };
  EXPECT_EQ(name_of("aten::mul, seq = 3, op_id = 17"), "aten::mul");
  EXPECT_EQ(name_of("aten::mul, op_id = 17, sizes = [[2, 2], []]"), "aten::mul");
  EXPECT_EQ(name_of("AddBackward0, seq = 12"), "AddBackward0");
  EXPECT_EQ(name_of("f(a, b), op_id = 1"), "f(a, b)");
  EXPECT_EQ(name_of(("long, op_id = 5, sizes = " + std::string(5000, '[')).c_str()), "long");
  for (const char* other : {"", ",", "aten::mul", "load, seq = x", "load, seq = ", "a, op_id = 3b",
                            "load, seq 3", ", op_id = 5"}) {
    EXPECT_EQ(name_of(other), "") << other;
  }
  EXPECT_EQ(name_of((std::string(2000, 'a') + ", op_id = 5").c_str()), "");
  EXPECT_EQ(name_of(nullptr), "");
}

}  // namespace
}  // namespace tbprof::tests
