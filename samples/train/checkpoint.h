// Writes weights to disk so that a killed run can go on from them. Any thread.
#pragma once

#include <string>
#include <vector>

namespace tbprof::samples::train {

// The file is whole at every moment: written beside its place, synced, and renamed. Empty, or why
// it failed.
std::string write_checkpoint(const std::string& path, int step,
                             const std::vector<float>& parameters);

}  // namespace tbprof::samples::train
