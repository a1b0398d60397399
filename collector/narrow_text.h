// A wide text as UTF-8, cut to what a name may hold, without allocation. Immutable once made. Any
// thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "collector/event.h"

namespace tbprof::collector {

class NarrowText {
 public:
  explicit NarrowText(const wchar_t* wide) {
    std::size_t size = 0;
    for (; *wide != 0 && size + 4 <= kMaxNameBytes; ++wide) size += put(text_ + size, *wide);
    text_[size] = 0;
  }
  const char* text() const { return text_; }

 private:
  static std::size_t put(char* at, wchar_t wide) {
    const auto code = static_cast<std::uint32_t>(wide);
    if (code < 0x80) {
      at[0] = static_cast<char>(code);
      return 1;
    }
    if (code < 0x800) {
      at[0] = static_cast<char>(0xc0 | code >> 6);
      at[1] = static_cast<char>(0x80 | (code & 0x3f));
      return 2;
    }
    if (code < 0x10000) {
      at[0] = static_cast<char>(0xe0 | code >> 12);
      at[1] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
      at[2] = static_cast<char>(0x80 | (code & 0x3f));
      return 3;
    }
    at[0] = static_cast<char>(0xf0 | (code >> 18 & 0x07));
    at[1] = static_cast<char>(0x80 | (code >> 12 & 0x3f));
    at[2] = static_cast<char>(0x80 | (code >> 6 & 0x3f));
    at[3] = static_cast<char>(0x80 | (code & 0x3f));
    return 4;
  }
  char text_[kMaxNameBytes + 1];
};

}  // namespace tbprof::collector
