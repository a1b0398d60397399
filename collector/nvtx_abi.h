// The binary interface between the header-only NVTX v3 inside a program and the library that its
// NVTX_INJECTION64_PATH names: layouts and numbers as NVIDIA's public headers (nvtx3/nvtxDetail/
// nvtxTypes.h, nvToolsExt.h) fix them. Declared here so that no NVIDIA header is needed; a test
// compares them with the real ones where those are installed. Values. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbprof::collector::nvtx {

using FunctionPointer = void (*)();
// An array of pointers to the program's own function pointers; null where there is none.
using FunctionTable = FunctionPointer**;
using GetExportTable = const void* (*)(std::uint32_t table);

inline constexpr std::uint32_t kCallbacksTable = 1;

struct CallbacksTable {
  std::size_t size_bytes;
  int (*get_module_functions)(std::uint32_t module, FunctionTable* table, unsigned int* size);
};

inline constexpr std::uint32_t kModuleCore = 1;
inline constexpr std::uint32_t kModuleCore2 = 5;

enum CoreFunction : unsigned int {
  kMarkEx = 1,
  kMarkA = 2,
  kMarkW = 3,
  kRangeStartEx = 4,
  kRangeStartA = 5,
  kRangeStartW = 6,
  kRangeEnd = 7,
  kRangePushEx = 8,
  kRangePushA = 9,
  kRangePushW = 10,
  kRangePop = 11,
  kNameOsThreadA = 14,
  kNameOsThreadW = 15,
};

enum Core2Function : unsigned int {
  kDomainMarkEx = 1,
  kDomainRangeStartEx = 2,
  kDomainRangeEnd = 3,
  kDomainRangePushEx = 4,
  kDomainRangePop = 5,
  kDomainRegisterStringA = 10,
  kDomainRegisterStringW = 11,
  kDomainCreateA = 12,
  kDomainCreateW = 13,
};

enum class MessageType : std::int32_t { none = 0, ascii = 1, unicode = 2, registered = 3 };

struct EventAttributes {
  std::uint16_t version;
  std::uint16_t size_bytes;  // of the program's struct: older ones are shorter
  std::uint32_t category;
  std::int32_t color_type;
  std::uint32_t color;
  std::int32_t payload_type;  // PayloadType of event.h
  std::int32_t reserved;
  std::uint64_t payload;
  MessageType message_type;
  const void* message;  // const char*, const wchar_t* or a registered string's handle
};
static_assert(sizeof(EventAttributes) == 48 && offsetof(EventAttributes, message) == 40);

}  // namespace tbprof::collector::nvtx
