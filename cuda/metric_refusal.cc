#include "cuda/metric_refusal.h"

#include <stdio.h>

namespace tbprof::cuda {

namespace {

constexpr char kNoPermission[] =
    "this user may not read the GPU's counters: ask the administrator to load the driver with "
    "NVreg_RestrictProfilingToAdminUsers=0, or start the container with --cap-add SYS_ADMIN";
constexpr char kNotSupported[] =
    "this GPU cannot sample metrics (older than Turing, virtual, a part by MIG, or shared by MPS): "
    "record without --metrics";
constexpr char kHeldByOthers[] =
    "another tool (DCGM, Nsight, a profiler) holds the GPU's counters: end it, or pause DCGM with "
    "`dcgmi profile --pause`";
constexpr char kNoMemory[] =
    "the GPU has no 64 MiB left for samples of metrics: leave some free, or record without "
    "--metrics";

// nullptr: only CUPTI knows.
const char* known_cause(CUptiResult result) {
  switch (result) {
    case CUPTI_ERROR_INSUFFICIENT_PRIVILEGES:
    case CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES:
      return kNoPermission;
    case CUPTI_ERROR_NOT_SUPPORTED:
    case CUPTI_ERROR_VIRTUALIZED_DEVICE_NOT_SUPPORTED:
      return kNotSupported;
    case CUPTI_ERROR_INVALID_OPERATION:
    case CUPTI_ERROR_HARDWARE_BUSY:
      return kHeldByOthers;
    case CUPTI_ERROR_OUT_OF_MEMORY:
      return kNoMemory;
    default:
      return nullptr;
  }
}

}  // namespace

void explain_refusal(const MetricsLibrary& library, CUptiResult result, char* text,
                     std::size_t text_bytes) {
  if (const char* cause = known_cause(result); cause != nullptr) {
    snprintf(text, text_bytes, "%s", cause);
    return;
  }
  const char* name = nullptr;
  library.result_string(result, &name);
  snprintf(text, text_bytes,
           "CUPTI does not sample metrics here, its error %d (%s): record without --metrics",
           static_cast<int>(result), name != nullptr ? name : "unknown");
}

}  // namespace tbprof::cuda
