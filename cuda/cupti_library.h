// The functions of libcupti that are used, looked up at run time: the library is never linked, so
// that everything runs on machines without it, and the same binary works with 12.4 to 13.x. Tests
// pass a table of their own.
// Filled once, read-only afterwards: any thread.
#pragma once

#include <cupti.h>

namespace tbprof::cuda {

struct CuptiLibrary {
  void* handle = nullptr;  // what dlopen gave
  decltype(&cuptiGetVersion) get_version = nullptr;
  decltype(&cuptiGetTimestamp) get_timestamp = nullptr;
  decltype(&cuptiSubscribe) subscribe = nullptr;
  decltype(&cuptiUnsubscribe) unsubscribe = nullptr;
  decltype(&cuptiEnableCallback) enable_callback = nullptr;
  decltype(&cuptiGetCallbackName) get_callback_name = nullptr;
  decltype(&cuptiSetThreadIdType) set_thread_id_type = nullptr;
  decltype(&cuptiActivitySetAttribute) set_attribute = nullptr;
  decltype(&cuptiActivityRegisterCallbacks) register_callbacks = nullptr;
  decltype(&cuptiActivityEnable) enable = nullptr;
  decltype(&cuptiActivityDisable) disable = nullptr;
  decltype(&cuptiActivityFlushAll) flush_all = nullptr;
  decltype(&cuptiActivityGetNumDroppedRecords) dropped_records = nullptr;
  decltype(&cuptiActivityGetNextRecord) get_next_record = nullptr;
  // Needed only to leave the program.
  decltype(&cuptiEnableDomain) enable_domain = nullptr;
  decltype(&cuptiFinalize) finalize = nullptr;
  // Null in the versions before the one named.
  decltype(&cuptiSubscribe_v2) subscribe_v2 = nullptr;                    // 13.0
  decltype(&cuptiActivityEnableRuntimeApi) enable_runtime_api = nullptr;  // 12.5
  decltype(&cuptiActivityEnableDriverApi) enable_driver_api = nullptr;    // 12.5
};

// Takes the libcupti that the process has mapped already, else loads libcupti.so.13 or .12. Calls
// no function of it. nullptr and the table filled, or one sentence with a remedy; it stays valid.
const char* open_cupti(CuptiLibrary& table);
// The library at a path, for tests of several versions in turn.
const char* open_cupti_at(const char* path, CuptiLibrary& table);

// Whether the driver's libcuda.so.1 is in the process. Before it is, no function of libcupti may be
// called: some versions crash even in the one that tells the version.
bool is_driver_loaded();

}  // namespace tbprof::cuda
