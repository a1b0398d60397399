// What libstdc++ would bring at run time, for a library that must not link it: a program may carry
// another version of it, and an exception or abort of ours must never meet a user's program. Only
// the writer thread allocates through these; when memory runs out it ends the recording and parks.
// Hidden: the program's own operator new is not touched. Any thread.
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstddef>
#include <new>
#include <string>

#include "collector/writer_control.h"

namespace {

[[noreturn]] void give_up() { tbprof::collector::park_writer(); }

void* allocate(std::size_t size) {
  void* memory = malloc(size == 0 ? 1 : size);
  if (memory == nullptr) give_up();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<std::size_t>(alignment), size == 0 ? 1 : size) != 0) {
    give_up();
  }
  return memory;
}
void operator delete(void* memory) noexcept { free(memory); }
void operator delete[](void* memory) noexcept { free(memory); }
void operator delete(void* memory, std::size_t) noexcept { free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { free(memory); }

extern "C" void __cxa_pure_virtual() { give_up(); }

// From GCC 13 on, the headers leave this one function of std::string to libstdc++.
#if _GLIBCXX_RELEASE >= 13
template void std::string::_M_replace_cold(char*, size_type, const char*, const size_type,
                                           const size_type);
#endif

// Sizes are bounded everywhere, so that none of these is ever reached.
namespace std {
void __throw_length_error(const char*) { give_up(); }
void __throw_logic_error(const char*) { give_up(); }
void __throw_out_of_range(const char*) { give_up(); }
void __throw_out_of_range_fmt(const char*, ...) { give_up(); }
void __throw_invalid_argument(const char*) { give_up(); }
void __throw_bad_alloc() { give_up(); }
void __throw_bad_array_new_length() { give_up(); }
void __throw_bad_optional_access() { give_up(); }
void __throw_bad_function_call() { give_up(); }
}  // namespace std
