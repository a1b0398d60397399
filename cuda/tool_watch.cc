#include "cuda/tool_watch.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

namespace tbprof::cuda {

namespace {

constinit const CuptiLibrary* g_cupti = nullptr;
constinit ToolCallback g_on_tool = nullptr;
constinit std::atomic<bool> g_is_told{false};
constinit char g_tool[64] = {};
constinit ElfW(Addr) g_cupti_base = 0;
constinit unsigned long long g_loaded = 0;  // libraries so far, at the last look

// Torch's profiler by the name that its users know.
void tell(const char* name, void* caller) {
  if (g_is_told.exchange(true)) return;
  Dl_info file{};
  if (name == nullptr && dladdr(caller, &file) != 0 && file.dli_fname != nullptr) {
    const char* slash = strrchr(file.dli_fname, '/');
    name = slash != nullptr ? slash + 1 : file.dli_fname;
    if (strncmp(name, "libtorch", 8) == 0) name = "torch.profiler";
  }
  snprintf(g_tool, sizeof g_tool, "%s", name != nullptr ? name : "another tool");
  g_on_tool(g_tool);
}

CUptiResult CUPTIAPI on_subscribe(CUpti_SubscriberHandle* subscriber, CUpti_CallbackFunc callback,
                                  void* userdata) {
  tell(nullptr, __builtin_return_address(0));
  return g_cupti->subscribe(subscriber, callback, userdata);
}

CUptiResult CUPTIAPI on_subscribe_v2(CUpti_SubscriberHandle* subscriber,
                                     CUpti_CallbackFunc callback, void* userdata,
                                     CUpti_SubscriberParams* params) {
  tell(params != nullptr ? params->subscriberName : nullptr, __builtin_return_address(0));
  return g_cupti->subscribe_v2(subscriber, callback, userdata, params);
}

// Tools that only read activities need no subscription.
CUptiResult CUPTIAPI on_register(CUpti_BuffersCallbackRequestFunc request,
                                 CUpti_BuffersCallbackCompleteFunc complete) {
  tell(nullptr, __builtin_return_address(0));
  return g_cupti->register_callbacks(request, complete);
}

void* replacement_of(const char* name) {
  if (strcmp(name, "cuptiSubscribe") == 0) return reinterpret_cast<void*>(on_subscribe);
  if (strcmp(name, "cuptiSubscribe_v2") == 0 && g_cupti->subscribe_v2 != nullptr) {
    return reinterpret_cast<void*>(on_subscribe_v2);
  }
  if (strcmp(name, "cuptiActivityRegisterCallbacks") == 0) {
    return reinterpret_cast<void*>(on_register);
  }
  return nullptr;
}

struct Tables {
  const ElfW(Sym) * symbols = nullptr;
  const char* names = nullptr;
  const ElfW(Rela) * relocations[2] = {};  // of calls, of data
  std::size_t size_bytes[2] = {};
};

// The loader has made the addresses in the dynamic section absolute, except in some objects.
Tables tables_of(const dl_phdr_info& object, const ElfW(Dyn) * dynamic) {
  Tables tables;
  const auto absolute = [&](ElfW(Addr) address) {
    return address < object.dlpi_addr ? object.dlpi_addr + address : address;
  };
  for (; dynamic->d_tag != DT_NULL; ++dynamic) {
    const ElfW(Addr) address = dynamic->d_un.d_ptr;
    switch (dynamic->d_tag) {
      case DT_SYMTAB:
        tables.symbols = reinterpret_cast<const ElfW(Sym)*>(absolute(address));
        break;
      case DT_STRTAB:
        tables.names = reinterpret_cast<const char*>(absolute(address));
        break;
      case DT_JMPREL:
        tables.relocations[0] = reinterpret_cast<const ElfW(Rela)*>(absolute(address));
        break;
      case DT_PLTRELSZ:
        tables.size_bytes[0] = dynamic->d_un.d_val;
        break;
      case DT_RELA:
        tables.relocations[1] = reinterpret_cast<const ElfW(Rela)*>(absolute(address));
        break;
      case DT_RELASZ:
        tables.size_bytes[1] = dynamic->d_un.d_val;
        break;
      default:
        break;
    }
  }
  return tables;
}

bool is_slot(std::uint64_t type) {
#if defined(__x86_64__)
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
  return type == R_AARCH64_JUMP_SLOT || type == R_AARCH64_GLOB_DAT;
#else
  return false;
#endif
}

// The page may have been made read-only after loading; then it is so again afterwards.
void replace(const dl_phdr_info& object, void** slot, void* function) {
  if (*slot == function) return;
  const auto page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t at = reinterpret_cast<std::uintptr_t>(slot);
  bool is_read_only = false;
  for (ElfW(Half) i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object.dlpi_phdr[i];
    const std::uintptr_t begin = object.dlpi_addr + header.p_vaddr;
    // As the loader does, which leaves a last page alone that holds other data too.
    const std::uintptr_t end = (begin + header.p_memsz) & ~(page_bytes - 1);
    if (header.p_type == PT_GNU_RELRO && at >= begin && at < end) {
      is_read_only = true;
    }
  }
  void* const page = reinterpret_cast<void*>(at & ~(page_bytes - 1));
  if (is_read_only && mprotect(page, page_bytes, PROT_READ | PROT_WRITE) != 0) return;
  __atomic_store_n(slot, function, __ATOMIC_RELEASE);
  if (is_read_only) mprotect(page, page_bytes, PROT_READ);
}

// `loaded`: as many as there are to be, since others are still being loaded.
int look_at(dl_phdr_info* object, std::size_t, void* loaded) {
  if (object->dlpi_adds != *static_cast<unsigned long long*>(loaded)) return 1;
  g_loaded = object->dlpi_adds;
  const ElfW(Dyn)* dynamic = nullptr;
  for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
    if (object->dlpi_phdr[i].p_type == PT_DYNAMIC) {
      dynamic =
          reinterpret_cast<const ElfW(Dyn)*>(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    }
  }
  // libcupti may call itself.
  if (dynamic == nullptr || object->dlpi_addr == g_cupti_base) return 0;
  const Tables tables = tables_of(*object, dynamic);
  if (tables.symbols == nullptr || tables.names == nullptr) return 0;
  for (int kind = 0; kind < 2; ++kind) {
    if (tables.relocations[kind] == nullptr) continue;
    const std::size_t count = tables.size_bytes[kind] / sizeof(ElfW(Rela));
    for (std::size_t i = 0; i < count; ++i) {
      const ElfW(Rela)& relocation = tables.relocations[kind][i];
      if (!is_slot(ELF64_R_TYPE(relocation.r_info))) continue;
      const char* name = tables.names + tables.symbols[ELF64_R_SYM(relocation.r_info)].st_name;
      if (name[0] != 'c' || name[1] != 'u' || name[2] != 'p') continue;
      void* const function = replacement_of(name);
      if (function == nullptr) continue;
      replace(*object, reinterpret_cast<void**>(object->dlpi_addr + relocation.r_offset), function);
    }
  }
  return 0;
}

int count_loaded(dl_phdr_info* object, std::size_t, void* loaded) {
  *static_cast<unsigned long long*>(loaded) = object->dlpi_adds;
  return 1;
}

}  // namespace

void start_tool_watch(const CuptiLibrary& cupti, ToolCallback on_tool) {
  g_cupti = &cupti;
  g_on_tool = on_tool;
  Dl_info file{};
  if (dladdr(reinterpret_cast<void*>(cupti.subscribe), &file) != 0) {
    g_cupti_base = reinterpret_cast<ElfW(Addr)>(file.dli_fbase);
  }
  look_for_tools();
}

void look_for_tools() {
  if (g_cupti == nullptr || g_is_told.load(std::memory_order_relaxed)) return;
  unsigned long long loaded = 0;
  dl_iterate_phdr(count_loaded, &loaded);
  if (loaded == g_loaded) return;
  // A library is listed before the loader has filled its tables, and protected them. The loader
  // keeps its lock until that is done, and this waits for the lock.
  Dl_info unused{};
  dladdr(reinterpret_cast<void*>(look_at), &unused);
  dl_iterate_phdr(look_at, &loaded);
}

}  // namespace tbprof::cuda
