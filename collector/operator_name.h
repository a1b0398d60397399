// What PyTorch's operators are called in NVTX: "aten::mul, seq = 3, op_id = 17, sizes = [[2, 2]]",
// of which only what stands before the first number is a name; with the numbers each call would
// have one of its own. The object owns its copy of the name. Immutable. Any thread.
#pragma once

#include <string.h>

#include <cstddef>

#include "collector/event.h"

namespace tbprof::collector::nvtx {

class OperatorName {
 public:
  // `text` null or no operator's: is_operator() is false.
  explicit OperatorName(const char* text) {
    const std::size_t size = text == nullptr ? 0 : name_bytes(text);
    if (size == 0 || size > kMaxNameBytes) return;
    memcpy(text_, text, size);
    text_[size] = 0;
    is_operator_ = true;
  }
  bool is_operator() const { return is_operator_; }
  // REQUIRES: is_operator().
  const char* text() const { return text_; }

 private:
  // ", seq = 3", and then nothing or one more number.
  static bool begins_number(const char* at, const char* key, std::size_t key_bytes) {
    if (strncmp(at, key, key_bytes) != 0) return false;
    const char* const digits = at + key_bytes;
    for (at = digits; *at >= '0' && *at <= '9';) ++at;
    return at != digits && (*at == 0 || *at == ',');
  }
  static std::size_t name_bytes(const char* text) {
    constexpr char kSequence[] = ", seq = ";
    constexpr char kOperator[] = ", op_id = ";
    for (const char* at = strchr(text, ','); at != nullptr; at = strchr(at + 1, ',')) {
      if (begins_number(at, kSequence, sizeof kSequence - 1) ||
          begins_number(at, kOperator, sizeof kOperator - 1)) {
        return static_cast<std::size_t>(at - text);
      }
    }
    return 0;
  }

  bool is_operator_ = false;
  char text_[kMaxNameBytes + 1];
};

}  // namespace tbprof::collector::nvtx
