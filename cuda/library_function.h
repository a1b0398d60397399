// Functions of libraries that are opened while the program runs, by name. Any thread.
#pragma once

#include <dlfcn.h>

namespace tbprof::cuda {

// Null and false where the library, an older one perhaps, has no such function.
template <typename Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace tbprof::cuda
