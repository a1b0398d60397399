#include "proto/category.h"

namespace tbprof::proto {
namespace {

constexpr const char* kNames[] = {
    "other",         "step",       "input",        "forward", "backward",   "optimizer",
    "communication", "checkpoint", "kernel",       "memcpy",  "memset",     "synchronization",
    "runtime_api",   "driver_api", "cpu_operator", "python",  "annotation", "gpu_annotation",
    "overhead",      "memory",     "loading",
};
static_assert(sizeof kNames / sizeof kNames[0] == kCategoryCount);

}  // namespace

const char* category_name(Category category) {
  const auto index = static_cast<std::size_t>(category);
  return index < kCategoryCount ? kNames[index] : kNames[0];
}

}  // namespace tbprof::proto
