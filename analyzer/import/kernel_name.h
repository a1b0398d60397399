// Kernel names as programmers know them. CUPTI gives C++ functions by their mangled names.
// Pure. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace tbprof::analyzer::import {

// "_Z4gemmPf" -> "gemm(float*)". What is no mangled C++ name comes back as it is, and so does one
// whose plain form is longer than 8 KiB: a hostile name can stand for gigabytes.
std::string readable_kernel_name(const std::string& name);

}  // namespace tbprof::analyzer::import
