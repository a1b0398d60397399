#include "cuda/cupti_library.h"

#include <dlfcn.h>

#include <initializer_list>

#include "cuda/library_function.h"

namespace tbprof::cuda {

namespace {

// The names by which frameworks load it, newest first: PyTorch shares one copy by this name.
constexpr const char* kSonames[] = {"libcupti.so.13", "libcupti.so.12"};

const char* fill(void* library, CuptiLibrary& table) {
  table.handle = library;
  const bool complete = find(library, "cuptiGetVersion", table.get_version) &&
                        find(library, "cuptiGetTimestamp", table.get_timestamp) &&
                        find(library, "cuptiSubscribe", table.subscribe) &&
                        find(library, "cuptiUnsubscribe", table.unsubscribe) &&
                        find(library, "cuptiEnableCallback", table.enable_callback) &&
                        find(library, "cuptiGetCallbackName", table.get_callback_name) &&
                        find(library, "cuptiSetThreadIdType", table.set_thread_id_type) &&
                        find(library, "cuptiActivitySetAttribute", table.set_attribute) &&
                        find(library, "cuptiActivityRegisterCallbacks", table.register_callbacks) &&
                        find(library, "cuptiActivityEnable", table.enable) &&
                        find(library, "cuptiActivityDisable", table.disable) &&
                        find(library, "cuptiActivityFlushAll", table.flush_all) &&
                        find(library, "cuptiActivityGetNumDroppedRecords", table.dropped_records) &&
                        find(library, "cuptiActivityGetNextRecord", table.get_next_record);
  if (!complete) {
    return "the libcupti of this process lacks functions that every version from CUDA 12.4 on has; "
           "use the one of the installed CUDA toolkit";
  }
  find(library, "cuptiEnableDomain", table.enable_domain);
  find(library, "cuptiFinalize", table.finalize);
  find(library, "cuptiSubscribe_v2", table.subscribe_v2);
  find(library, "cuptiActivityEnableRuntimeApi", table.enable_runtime_api);
  find(library, "cuptiActivityEnableDriverApi", table.enable_driver_api);
  return nullptr;
}

}  // namespace

const char* open_cupti(CuptiLibrary& table) {
  for (const int mode : {RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD, RTLD_NOW | RTLD_LOCAL}) {
    for (const char* soname : kSonames) {
      if (void* library = dlopen(soname, mode)) return fill(library, table);
    }
  }
  return "no libcupti.so.13 or .12 was found: install the CUDA toolkit's CUPTI, or add its folder "
         "to LD_LIBRARY_PATH";
}

const char* open_cupti_at(const char* path, CuptiLibrary& table) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return reason != nullptr ? reason : "libcupti could not be loaded";
  }
  return fill(library, table);
}

bool is_driver_loaded() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (driver == nullptr) return false;
  dlclose(driver);
  return true;
}

}  // namespace tbprof::cuda
