#include "proto/trace_records.h"

namespace tbprof::proto {
namespace {

constexpr const char* kLossKindNames[] = {
    "buffer_full",       "memory_limit",  "unmatched_end", "write_failed", "name_truncated",
    "cupti_dropped",     "bad_timestamp", "suspect_time",  "late_record",  "unmatched_record",
    "unfinished_record", "unread_record", "metric_sample",
};
static_assert(sizeof kLossKindNames / sizeof kLossKindNames[0] == kLossKindCount);

}  // namespace

const char* loss_kind_name(LossKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kLossKindCount ? kLossKindNames[index] : "unknown";
}

}  // namespace tbprof::proto
