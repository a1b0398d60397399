// What `tbprof doctor` makes of machines that are laid out in a folder.
#include "cli/doctor_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "cli/doctor_command.h"

namespace tbprof::cli {
namespace {

namespace fs = std::filesystem;

class Doctor : public testing::Test {
 protected:
  Doctor() {
    char path[] = "/tmp/tbprof_doctor_XXXXXX";
    machine_.root = mkdtemp(path);
    machine_.logdir = machine_.root + "/runs";
    machine_.loads_libraries = false;
    machine_.variable = [this](const char* name) -> const char* {
      const auto found = variables_.find(name);
      return found == variables_.end() ? nullptr : found->second.c_str();
    };
  }
  ~Doctor() override { fs::remove_all(machine_.root); }

  void write(const std::string& path, const std::string& text) {
    const fs::path whole = machine_.root + path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  static const Check* find(const std::vector<Check>& checks, const std::string& name) {
    for (const Check& check : checks) {
      if (check.name == name) return &check;
    }
    return nullptr;
  }

  Machine machine_;
  std::map<std::string, std::string> variables_;
};

TEST_F(Doctor, AMachineWithoutGpuHasNoProblem) {
  const auto checks = gpu_checks(machine_);
  ASSERT_NE(find(checks, "driver"), nullptr);
  EXPECT_EQ(find(checks, "driver")->finding, Finding::warning);
  EXPECT_EQ(find(checks, "devices"), nullptr);
  EXPECT_TRUE(is_well(checks));
}

TEST_F(Doctor, ADriverWithoutItsLibraryIsAProblem) {
  write("/proc/driver/nvidia/version",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 2025\n");
  const auto checks = gpu_checks(machine_);
  EXPECT_EQ(find(checks, "driver")->finding, Finding::problem);
  EXPECT_NE(find(checks, "driver")->text.find("580.65.06"), std::string::npos);
  EXPECT_NE(find(checks, "driver")->remedy.find("--gpus all"), std::string::npos);
  EXPECT_EQ(find(checks, "devices")->finding, Finding::problem);
  EXPECT_FALSE(is_well(checks));
}

TEST_F(Doctor, DevicesAreCounted) {
  write("/proc/driver/nvidia/version", "Kernel Module  580.65.06\n");
  for (const char* name : {"/dev/nvidiactl", "/dev/nvidia0", "/dev/nvidia1"}) write(name, "");
  const auto checks = gpu_checks(machine_);
  EXPECT_EQ(find(checks, "devices")->finding, Finding::ok);
  EXPECT_EQ(find(checks, "devices")->text, "2 GPUs in /dev");
}

TEST_F(Doctor, RestrictedMetricsAndSharedGpusAreWarnedOf) {
  write("/proc/driver/nvidia/version", "Kernel Module  580.65.06\n");
  write("/proc/driver/nvidia/params", "ModifyDeviceFiles: 1\nRmProfilingAdminOnly: 1\n");
  write("/tmp/nvidia-mps/control", "");
  variables_["CUDA_VISIBLE_DEVICES"] = "MIG-1234";
  // Root in a container, without CAP_SYS_ADMIN.
  write("/proc/self/status", "Name:\ttbprof\nCapEff:\t00000000a80425fb\n");
  const auto checks = gpu_checks(machine_);
  EXPECT_EQ(find(checks, "permission")->finding, Finding::warning);
  EXPECT_NE(find(checks, "permission")->remedy.find("--cap-add SYS_ADMIN"), std::string::npos);
  EXPECT_EQ(find(checks, "sharing")->finding, Finding::warning);
  EXPECT_NE(find(checks, "sharing")->text.find("MPS"), std::string::npos);
  EXPECT_NE(find(checks, "sharing")->text.find("MIG"), std::string::npos);
}

TEST_F(Doctor, TheAdministratorMaySampleMetrics) {
  write("/proc/driver/nvidia/version", "Kernel Module  580.65.06\n");
  write("/proc/driver/nvidia/params", "RmProfilingAdminOnly: 1\n");
  write("/proc/self/status", "Name:\ttbprof\nCapEff:\t000001ffffffffff\n");
  EXPECT_EQ(find(gpu_checks(machine_), "permission")->finding, Finding::ok);
}

TEST_F(Doctor, OtherToolsAreNamed) {
  EXPECT_EQ(tool_checks(machine_).size(), 1u);
  EXPECT_TRUE(is_well(tool_checks(machine_)));
  variables_["CUDA_INJECTION64_PATH"] = "/opt/other.so";
  auto checks = tool_checks(machine_);
  ASSERT_EQ(checks.size(), 1u);
  EXPECT_EQ(checks[0].finding, Finding::problem);
  EXPECT_NE(checks[0].text.find("/opt/other.so"), std::string::npos);
  variables_["CUDA_INJECTION64_PATH"] = "/usr/lib/libtbprof.so";
  variables_["NSYS_PROFILING_SESSION_ID"] = "7";
  variables_["LD_PRELOAD"] = "libjemalloc.so";
  checks = tool_checks(machine_);
  ASSERT_EQ(checks.size(), 2u);
  EXPECT_NE(checks[0].text.find("Nsight Systems"), std::string::npos);
  EXPECT_EQ(checks[1].finding, Finding::warning);
}

TEST_F(Doctor, TheSystem) {
  write("/proc/sys/kernel/yama/ptrace_scope", "3\n");
  write("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
  const auto checks = system_checks(machine_);
  EXPECT_EQ(find(checks, "sampling")->finding, Finding::warning);
  EXPECT_EQ(find(checks, "clock")->finding, Finding::warning);
  EXPECT_EQ(find(checks, "glibc")->finding, Finding::ok);
  EXPECT_NE(find(checks, "log directory")->text.find("free"), std::string::npos);
  if (geteuid() == 0) return;  // who may write everywhere
  machine_.logdir = "/proc/none";
  EXPECT_EQ(find(system_checks(machine_), "log directory")->finding, Finding::problem);
}

TEST_F(Doctor, AStrangersFolderKeepsCapturesAway) {
  write("/tmp/tbprof-" + std::to_string(geteuid()), "a file");
  EXPECT_EQ(find(system_checks(machine_), "capture")->finding, Finding::warning);
}

TEST(DoctorReport, ALineEachAndJson) {
  const std::vector<Check> checks = {{"driver", Finding::ok, "580", ""},
                                     {"clock", Finding::problem, "a \"slow\" one", "buy another"}};
  EXPECT_EQ(doctor_text(checks),
            "ok       driver         580\n"
            "problem  clock          a \"slow\" one: buy another\n");
  const std::string json = doctor_json(checks);
  EXPECT_NE(json.find("\"ok\": false"), std::string::npos);
  EXPECT_NE(json.find("\"a \\\"slow\\\" one\""), std::string::npos);
}

}  // namespace
}  // namespace tbprof::cli
