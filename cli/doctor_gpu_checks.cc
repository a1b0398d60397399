#include <dlfcn.h>
#include <fmt/format.h>
#include <link.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "cli/doctor_checks.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;

struct Version {
  int major = 0;
  int minor = 0;
};

struct Cuda {
  std::string driver;  // "580.65.06"; empty: none
  bool has_libcuda = false;
  Version version;  // the newest CUDA that the driver runs
  std::string cupti_path;
  Version cupti_version;
};

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  …": the first word of digits and
// dots.
std::string driver_version(const Machine& machine) {
  std::istringstream words(text_of_file(machine, "/proc/driver/nvidia/version"));
  for (std::string word; words >> word;) {
    if (word.find('.') != std::string::npos &&
        word.find_first_not_of("0123456789.") == std::string::npos) {
      return word;
    }
  }
  return {};
}

std::string path_of(void* library) {
  link_map* map = nullptr;
  return dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr ? map->l_name : "";
}

// 130001: 13.0; 22: some 12.x.
Version cupti_version(std::uint32_t number) {
  if (number < 1000) return {12, 0};
  return {static_cast<int>(number / 10'000), static_cast<int>(number / 100 % 100)};
}

void ask_libraries(Cuda& cuda) {
  // Stays loaded: libcupti asks it.
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  cuda.has_libcuda = driver != nullptr;
  if (driver != nullptr) {
    auto* ask = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDriverGetVersion"));
    int number = 0;
    if (ask != nullptr && ask(&number) == 0) cuda.version = {number / 1000, number / 10 % 100};
  }
  for (const char* name : {"libcupti.so.13", "libcupti.so.12"}) {
    void* cupti = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
    if (cupti == nullptr) continue;
    cuda.cupti_path = path_of(cupti);
    // Without the driver some versions crash even in this function.
    if (!cuda.has_libcuda) return;
    auto* ask = reinterpret_cast<int (*)(std::uint32_t*)>(dlsym(cupti, "cuptiGetVersion"));
    std::uint32_t number = 0;
    if (ask != nullptr && ask(&number) == 0) cuda.cupti_version = cupti_version(number);
    return;
  }
}

Check check_driver(const Cuda& cuda) {
  if (cuda.driver.empty() && !cuda.has_libcuda) {
    return {"driver", Finding::warning,
            "no NVIDIA driver: steps and ranges are recorded, GPU activity is not",
            "in a container, start it with --gpus all; else install the driver if there is a GPU"};
  }
  if (!cuda.has_libcuda) {
    return {"driver", Finding::problem,
            fmt::format("driver {} is loaded, but libcuda.so.1 is not found", cuda.driver),
            "in a container, start it with --gpus all and NVIDIA_DRIVER_CAPABILITIES=all"};
  }
  return {"driver", Finding::ok,
          fmt::format("{}, CUDA {}.{}", cuda.driver.empty() ? "libcuda.so.1" : cuda.driver,
                      cuda.version.major, cuda.version.minor),
          ""};
}

Check check_cupti(const Cuda& cuda) {
  if (cuda.cupti_path.empty()) {
    const std::string remedy =
        "nothing to do if the program brings its own, as PyTorch does; else install the CUDA "
        "toolkit's CUPTI and add its folder to LD_LIBRARY_PATH";
    if (!cuda.has_libcuda) return {"cupti", Finding::ok, "none, and none is needed", ""};
    return {"cupti", Finding::warning, "no libcupti.so.13 or .12 where the loader looks", remedy};
  }
  if (!cuda.has_libcuda) {
    return {"cupti", Finding::ok, cuda.cupti_path + "; not asked, as there is no driver", ""};
  }
  if (cuda.cupti_version.major == 0) {
    return {"cupti", Finding::problem,
            cuda.cupti_path + " does not tell its version: it is newer than the driver",
            "update the driver, or use the CUPTI of an older toolkit"};
  }
  const bool is_newer = cuda.cupti_version.major > cuda.version.major;
  return {"cupti", is_newer ? Finding::problem : Finding::ok,
          fmt::format("{}, of CUDA {}{}", cuda.cupti_path, cuda.cupti_version.major,
                      cuda.cupti_version.major > 12 ? fmt::format(".{}", cuda.cupti_version.minor)
                                                    : std::string(".x")) +
              (is_newer ? ", is newer than the driver" : ""),
          is_newer ? "update the driver, or use the CUPTI of an older toolkit" : ""};
}

Check check_devices(const Machine& machine) {
  const std::string control = machine.root + "/dev/nvidiactl";
  std::error_code error;
  if (!fs::exists(control, error)) {
    return {"devices", Finding::problem, "/dev/nvidiactl is not there",
            "start the container with --gpus all; on the machine itself, run nvidia-modprobe"};
  }
  if (access(control.c_str(), R_OK | W_OK) != 0) {
    return {"devices", Finding::problem, "this user may not open /dev/nvidiactl",
            "ask the administrator for access to /dev/nvidia*"};
  }
  int count = 0;
  for (int i = 0; i < 64; ++i) {
    count += fs::exists(fmt::format("{}/dev/nvidia{}", machine.root, i), error) ? 1 : 0;
  }
  return {"devices", count > 0 ? Finding::ok : Finding::problem,
          fmt::format("{} GPU{} in /dev", count, count == 1 ? "" : "s"),
          count > 0 ? "" : "start the container with --gpus all"};
}

// Root in a container has mostly not what the driver asks for.
bool may_administrate(const Machine& machine) {
  constexpr int kSysAdmin = 21;  // CAP_SYS_ADMIN of linux/capability.h
  std::istringstream words(text_of_file(machine, "/proc/self/status"));
  for (std::string word; words >> word;) {
    if (word != "CapEff:") continue;
    words >> word;
    return (std::strtoull(word.c_str(), nullptr, 16) >> kSysAdmin & 1) != 0;
  }
  return geteuid() == 0;
}

Check check_permission(const Machine& machine) {
  const std::string params = text_of_file(machine, "/proc/driver/nvidia/params");
  const bool is_restricted = params.find("RmProfilingAdminOnly: 1") != std::string::npos;
  if (!is_restricted || may_administrate(machine)) {
    return {"permission", Finding::ok, "kernels, copies and metrics may be recorded", ""};
  }
  return {
      "permission", Finding::warning,
      "kernels and copies may be recorded, metrics (--metrics) by the administrator only",
      "for metrics, have the driver loaded with NVreg_RestrictProfilingToAdminUsers=0, or start "
      "the container with --cap-add SYS_ADMIN"};
}

Check check_sharing(const Machine& machine) {
  const char* pipes = machine.variable("CUDA_MPS_PIPE_DIRECTORY");
  const char* visible = machine.variable("CUDA_VISIBLE_DEVICES");
  std::error_code error;
  std::vector<std::string> found;
  const fs::path mps = machine.root + (pipes != nullptr ? pipes : "/tmp/nvidia-mps");
  if (fs::exists(mps / "control", error))
    found.push_back("MPS: kernels of other programs share the GPU");
  if (visible != nullptr && std::string_view(visible).find("MIG-") != std::string_view::npos) {
    found.push_back("MIG: the program sees a part of a GPU");
  }
  if (found.empty()) return {"sharing", Finding::ok, "neither MPS nor MIG is seen", ""};
  return {
      "sharing", Finding::warning, fmt::format("{}", fmt::join(found, "; ")),
      "times are right, but idle time may be another program's work; metrics are not available"};
}

}  // namespace

std::vector<Check> gpu_checks(const Machine& machine) {
  Cuda cuda;
  cuda.driver = driver_version(machine);
  if (machine.loads_libraries) ask_libraries(cuda);
  std::vector<Check> checks{check_driver(cuda), check_cupti(cuda)};
  if (cuda.driver.empty()) return checks;
  checks.push_back(check_devices(machine));
  checks.push_back(check_permission(machine));
  checks.push_back(check_sharing(machine));
  return checks;
}

}  // namespace tbprof::cli
