// Where the time of each step goes: parts that add up to the step's duration exactly. Pure
// functions of a sealed trace. Any thread.
//
// There are two ways to divide a step, chosen by what was recorded:
//
// by priority   for traces with device work, or with framework operators and no range of category
//               forward. Each moment of the step's extent counts for the first role of work_role.h
//               that is at work then, on any track: kernel, memcpy, memset, communication,
//               runtime_api, input, cpu_operator (all other host code), other (nothing recorded).
//               Without device work the roles that only a device has are left out.
// by self time  for traces of our own ranges: each moment belongs to the innermost range on the
//               step's thread that is of category input, forward, backward, optimizer,
//               communication or checkpoint; what no such range covers is other. A range of
//               another category counts for the one around it.
//
// The first is what torch_tb_profiler's overview shows (Kernel, Memcpy, Memset, Communication,
// Runtime, DataLoader, CPU Exec, Other), with these differences: communication is told by kernel
// name, so all-to-all counts; GPU annotations are not host code; a role that takes the whole step
// leaves nothing to the next ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/profile/steps.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::profile {

enum class StepDivision : unsigned char { by_priority, by_self_time };

struct StepParts {
  StepDivision division = StepDivision::by_self_time;
  std::vector<proto::Category> keys;
  std::vector<std::vector<std::int64_t>> parts_ns;  // [step of the table][key]
  std::vector<double> mean_ns;                      // [key], over complete steps
  std::vector<std::int64_t> median_ns;              // [key], over complete steps
};

StepParts step_parts(const trace::Trace& trace, const StepTable& table);

// The part of a step that exceeds its own median by most.
struct GrownPart {
  std::size_t key = 0;  // index into StepParts::keys
  std::int64_t grown_ns = 0;
};
// REQUIRES: `step` is an index into the table that the parts were made from.
GrownPart grown_part(const StepParts& parts, std::size_t step);

}  // namespace tbprof::analyzer::profile
