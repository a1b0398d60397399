// The protobuf wire format: fields are written to a string and read from a span, one message at a
// time. No exceptions, so that it can live inside the recorded process. Borrows the bytes.
// One thread at a time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "proto/varint.h"

namespace tbprof::proto {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  void varint(std::uint32_t field, std::uint64_t value) {
    tag(field, WireType::varint);
    raw_varint(value);
  }
  void zigzag_varint(std::uint32_t field, std::int64_t value) { varint(field, zigzag(value)); }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    tag(field, WireType::fixed64);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void fixed32(std::uint32_t field, std::uint32_t value) {
    tag(field, WireType::fixed32);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void bytes(std::uint32_t field, std::string_view value) {
    tag(field, WireType::bytes);
    raw_varint(value.size());
    out_.append(value.data(), value.size());
  }

 private:
  void tag(std::uint32_t field, WireType type) {
    raw_varint(std::uint64_t{field} << 3 | static_cast<std::uint64_t>(type));
  }
  void raw_varint(std::uint64_t value) {
    std::uint8_t buffer[kMaxVarintBytes + kVarintSlackBytes];
    const std::uint8_t* end = encode_varint(buffer, value);
    out_.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(end - buffer));
  }

  std::string& out_;
};

// Walks the fields of one message. A field of a type other than expected is unknown, as in
// protobuf, and is passed over.
class WireReader {
 public:
  explicit WireReader(std::span<const std::uint8_t> message)
      : begin_(message.data()), in_(begin_), end_(begin_ + message.size()) {}

  // Moves to the next field; false at the end and where the bytes break the format.
  bool next();
  // Whether the message was well formed as far as it has been read.
  bool ok() const { return ok_; }
  // Of the field that was read last, from the message's start.
  std::size_t offset() const { return offset_; }

  bool is(std::uint32_t field, WireType type) const { return field == field_ && type == type_; }
  bool is_varint(std::uint32_t field) const { return is(field, WireType::varint); }
  bool is_bytes(std::uint32_t field) const { return is(field, WireType::bytes); }

  std::uint64_t number() const { return number_; }
  std::int64_t zigzag_number() const { return unzigzag(number_); }
  std::int64_t signed_number() const { return static_cast<std::int64_t>(number_); }
  std::span<const std::uint8_t> bytes() const { return bytes_; }
  std::string_view text() const { return text_of(bytes_); }

 private:
  bool fail() {
    ok_ = false;
    return false;
  }
  bool take_fixed(std::size_t size);
  bool take_bytes();

  const std::uint8_t* begin_;
  const std::uint8_t* in_;
  const std::uint8_t* end_;
  std::size_t offset_ = 0;
  std::uint32_t field_ = 0;
  WireType type_ = WireType::varint;
  std::uint64_t number_ = 0;
  std::span<const std::uint8_t> bytes_;
  bool ok_ = true;
};

}  // namespace tbprof::proto
