// Runs the program that uses the stand-ins for libcuda, libcupti and libnvidia-ml, recorded or not,
// and reads what it printed and what was recorded. Values. One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/trace/trace.h"
#include "tests/collector/capture.h"

namespace tbprof::cuda {

namespace trace = analyzer::trace;

struct Printed {
  struct Kernel {
    std::string name;
    std::int64_t stream = 0;
    std::uint64_t correlation_id = 0;
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    std::int64_t thread = 0;
  };
  std::vector<Kernel> kernels;
  std::map<std::string, long> sums;
};

struct Recorded {
  tests::Outcome outcome;
  std::vector<tests::Capture> captures;
  std::shared_ptr<const trace::Trace> trace;  // of the only file
  Printed printed;
};

struct RecordOptions {
  std::string standin{};              // words of TBPROF_STANDIN
  bool with_folder = true;            // the stand-ins are found
  bool with_nvml = false;             // that for NVML too
  std::string folder{};               // searched before that of the stand-ins
  bool record_it = true;              // the recorder is
  std::vector<std::string> others{};  // environment
};

Recorded record(const std::string& scenario, int launches, const RecordOptions& options = {});

// Kernels of each stream by their start.
std::map<std::int64_t, std::vector<trace::Slice>> kernels_by_stream(const trace::Trace& trace);

// Each kernel that the program printed is in the trace, once, at its time.
void expect_every_kernel(const Recorded& recorded);

// The value of a fact about a slice; "" if it has none.
std::string fact_of(const trace::Trace& trace, trace::SliceId slice, std::string_view key);
// The slices of a name.
std::vector<trace::SliceId> slices_named(const trace::Trace& trace, std::string_view name);

}  // namespace tbprof::cuda
