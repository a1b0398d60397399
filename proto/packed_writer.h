// Builds one packed column after another in memory that it keeps. Owns its buffer.
// One thread at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proto/varint.h"

namespace tbprof::proto {

class PackedWriter {
 public:
  // Begins a column of at most `count` values.
  void start(std::size_t count) {
    const std::size_t needed = count * kMaxVarintBytes + kVarintSlackBytes;
    if (buffer_.size() < needed) buffer_.resize(needed);
    out_ = buffer_.data();
  }
  void add(std::uint64_t value) { out_ = encode_varint(out_, value); }
  // The column, until the next start().
  std::string_view column() const {
    return {reinterpret_cast<const char*>(buffer_.data()),
            static_cast<std::size_t>(out_ - buffer_.data())};
  }

 private:
  std::vector<std::uint8_t> buffer_;
  std::uint8_t* out_ = nullptr;
};

}  // namespace tbprof::proto
