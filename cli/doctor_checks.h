// What can keep a recording on this machine from being whole, found out beforehand. Reads files,
// variables and libraries; starts no CUDA and calls no function of CUPTI where there is no driver.
// One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace tbprof::cli {

enum class Finding : unsigned char { ok, warning, problem };

struct Check {
  const char* name = "";
  Finding finding = Finding::ok;
  std::string text;    // what was found, without a full stop
  std::string remedy;  // what to do, without a full stop; empty if all is well
};

// Where to look; tests bring their own.
struct Machine {
  std::string root;  // put before paths such as /proc/driver/nvidia/version
  std::function<const char*(const char*)> variable;
  bool loads_libraries = true;  // CUDA's, to ask them for their versions
  std::string logdir = "runs";
};

// Driver, libcuda, libcupti and whether they go together; devices, MIG, MPS, permission.
std::vector<Check> gpu_checks(const Machine& machine);
// Other tools' variables, which take the place of ours or change what is measured.
std::vector<Check> tool_checks(const Machine& machine);
// Library, log directory, limits, clock, sampling and capturing.
std::vector<Check> system_checks(const Machine& machine);
// The python3 of the PATH and the PyTorch that it would import.
std::vector<Check> python_checks(const Machine& machine);

// The text of a file below the root, at most 64 KiB; empty if there is none.
std::string text_of_file(const Machine& machine, const std::string& path);

}  // namespace tbprof::cli
