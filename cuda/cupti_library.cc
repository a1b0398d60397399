#include "cuda/cupti_library.h"

#include <dlfcn.h>

#include <string>

namespace tbprof::cuda {

namespace {

// The names by which frameworks load it, newest first: PyTorch shares one copy by this name.
constexpr const char* kSonames[] = {"libcupti.so.13", "libcupti.so.12"};

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

proto::Result<CuptiLibrary> fill(void* library) {
  CuptiLibrary table;
  if (!find(library, "cuptiGetVersion", table.get_version) ||
      !find(library, "cuptiActivityGetNextRecord", table.get_next_record)) {
    return proto::Error{proto::ErrorCode::unsupported,
                        "The libcupti of this process lacks functions that every version from "
                        "CUDA 12.4 on has; use the one of the installed CUDA toolkit."};
  }
  return table;
}

}  // namespace

proto::Result<CuptiLibrary> open_cupti() {
  for (const int mode : {RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD, RTLD_NOW | RTLD_LOCAL}) {
    for (const char* soname : kSonames) {
      if (void* library = dlopen(soname, mode)) return fill(library);
    }
  }
  return proto::Error{proto::ErrorCode::unavailable,
                      "No libcupti.so.13 or .12 was found: install the CUDA toolkit's CUPTI or add "
                      "its folder to LD_LIBRARY_PATH."};
}

proto::Result<CuptiLibrary> open_cupti_at(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return proto::Error{
        proto::ErrorCode::unavailable,
        std::string("libcupti could not be loaded: ") + (reason != nullptr ? reason : path)};
  }
  return fill(library);
}

}  // namespace tbprof::cuda
