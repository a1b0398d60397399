#include "analyzer/import/kernel_name.h"

#include <gtest/gtest.h>

namespace tbprof::analyzer::import {
namespace {

TEST(KernelName, IsReadableWhereItWasMangled) {
  EXPECT_EQ(readable_kernel_name("_Z4gemmPfi"), "gemm(float*, int)");
  EXPECT_EQ(readable_kernel_name("_ZN2at6native13reduce_kernelILi512ELi1EEEvi"),
            "void at::native::reduce_kernel<512, 1>(int)");
}

TEST(KernelName, StaysWhereItWasNot) {
  for (const char* name : {"", "gemm", "triton_poi_fused_add_0", "_Z", "_Zoo of kernels"}) {
    EXPECT_EQ(readable_kernel_name(name), name);
  }
}

// f(A<int,int>, A<S0_,S0_>, A<S1_,S1_>, …): each parameter's text is twice that of the one before.
TEST(KernelName, OneThatStandsForGigabytesStaysAsItIs) {
  std::string name = "_Z1f1AIiiE";
  constexpr char kDigits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int i = 0; i < 32; ++i) {
    const std::string before = std::string("S") + kDigits[i] + "_";
    name += "S_I" + before + before + "E";
  }
  EXPECT_EQ(readable_kernel_name(name), name);
  const std::string short_name = name.substr(0, std::string("_Z1f1AIiiES_IS0_S0_E").size());
  EXPECT_EQ(readable_kernel_name(short_name), "f(A<int, int>, A<A<int, int>, A<int, int> >)");
}

}  // namespace
}  // namespace tbprof::analyzer::import
