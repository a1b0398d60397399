#include "analyzer/import/kernel_name.h"

// libstdc++'s demangler, handing over its text piece by piece; 0 if it could read the name.
extern "C" int __gcclibcxx_demangle_callback(const char* mangled,
                                             void (*take)(const char*, std::size_t, void*),
                                             void* receiver);

namespace tbprof::analyzer::import {

namespace {

constexpr std::size_t kLongestPlainBytes = 8192;

struct TooLong {};

// The demangler has no other way to end early.
void take_piece(const char* piece, std::size_t size, void* receiver) {
  auto& text = *static_cast<std::string*>(receiver);
  if (text.size() + size > kLongestPlainBytes) throw TooLong();
  text.append(piece, size);
}

}  // namespace

std::string readable_kernel_name(const std::string& name) {
  if (!name.starts_with("_Z")) return name;
  std::string plain;
  try {
    if (__gcclibcxx_demangle_callback(name.c_str(), take_piece, &plain) != 0) return name;
  } catch (const TooLong&) {
    return name;
  }
  return plain;
}

}  // namespace tbprof::analyzer::import
