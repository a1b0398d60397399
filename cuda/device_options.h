// What the environment asks of the recording of GPUs (collector/environment.h). Any thread.
#pragma once

#include "cuda/cupti_session.h"
#include "cuda/metric_sampler.h"

namespace tbprof::cuda {

SessionOptions read_device_options();
MetricOptions read_metric_options();
// "1": not one line on stderr.
bool is_told_to_be_quiet();

}  // namespace tbprof::cuda
