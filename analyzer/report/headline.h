// The finding and the advice that open the overview: two sentences, made from the figures. What is
// lost to slow steps, to an idle device, to input or to communication is compared as a share of the
// time; the largest that matters is the finding, and if none does, the sentence says so. Where many
// events were lost, that is said first.
// Pure function. Any thread.
#pragma once

#include <string>
#include <vector>

#include "analyzer/profile/device_busy.h"
#include "analyzer/report/step_figures.h"
#include "analyzer/trace/trace.h"

namespace tbprof::analyzer::report {

struct Headline {
  std::string finding;
  std::string advice;
};

Headline headline(const trace::Trace& trace, const StepFigures& figures,
                  const std::vector<profile::DeviceBusy>& devices);

}  // namespace tbprof::analyzer::report
