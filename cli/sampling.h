// What `tbprof run` does while the program runs: looks at its threads from outside, by its own
// recording windows. Functions only. One thread at a time.
#pragma once

#include <memory>

#include "cli/recorder_environment.h"
#include "sampler/sampler.h"

namespace tbprof::cli {

// Not started yet.
std::unique_ptr<sampler::Sampler> make_sampler(const RecordingPlace& place, int rate_hz);

}  // namespace tbprof::cli
