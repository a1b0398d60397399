// Other tools of the process are seen when they ask for CUPTI, also when they are loaded late.
#include "cuda/tool_watch.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

namespace tbprof::cuda {
namespace {

std::string& told() {
  static std::string name;
  return name;
}

TEST(ToolWatch, LeavesALibraryAloneUntilItIsLoaded) {
  void* const standin = dlopen(TBPROF_STANDIN_FOLDER "/libcupti.so.13", RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(standin, nullptr) << dlerror();
  static CuptiLibrary cupti;
  cupti.subscribe = reinterpret_cast<decltype(cupti.subscribe)>(dlsym(standin, "cuptiSubscribe"));
  ASSERT_NE(cupti.subscribe, nullptr);
  start_tool_watch(cupti, [](const char* tool) { told() = tool; });
  std::atomic<bool> is_loaded{false};
  void* tool = nullptr;
  std::thread loader([&] {
    tool = dlopen(TBPROF_STANDIN_FOLDER "/libslow_tool.so", RTLD_NOW | RTLD_LOCAL);
    is_loaded = true;
  });
  while (!is_loaded) look_for_tools();
  loader.join();
  ASSERT_NE(tool, nullptr) << dlerror();
  look_for_tools();
  auto* const ask = reinterpret_cast<int (*)()>(dlsym(tool, "ask_for_cupti"));
  ASSERT_NE(ask, nullptr);
  EXPECT_EQ(told(), "");
  EXPECT_EQ(ask(), 7);
  EXPECT_EQ(told(), "libslow_tool.so");
}

}  // namespace
}  // namespace tbprof::cuda
