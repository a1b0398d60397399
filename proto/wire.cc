#include "proto/wire.h"

namespace tbprof::proto {

bool WireReader::take_fixed(std::size_t size) {
  if (static_cast<std::size_t>(end_ - in_) < size) return fail();
  number_ = 0;
  std::memcpy(&number_, in_, size);
  in_ += size;
  return true;
}

bool WireReader::take_bytes() {
  std::uint64_t size = 0;
  in_ = decode_varint(in_, end_, size);
  if (in_ == nullptr || size > static_cast<std::uint64_t>(end_ - in_)) return fail();
  bytes_ = {in_, static_cast<std::size_t>(size)};
  in_ += size;
  return true;
}

bool WireReader::next() {
  if (!ok_ || in_ == end_) return false;
  offset_ = static_cast<std::size_t>(in_ - begin_);
  std::uint64_t tag = 0;
  in_ = decode_varint(in_, end_, tag);
  // Field numbers have 29 bits; 0 is none.
  if (in_ == nullptr || tag >> 32 != 0 || tag < 8) return fail();
  field_ = static_cast<std::uint32_t>(tag >> 3);
  type_ = static_cast<WireType>(tag & 7);
  switch (type_) {
    case WireType::varint:
      in_ = decode_varint(in_, end_, number_);
      return in_ != nullptr || fail();
    case WireType::fixed64:
      return take_fixed(8);
    case WireType::fixed32:
      return take_fixed(4);
    case WireType::bytes:
      return take_bytes();
  }
  return fail();
}

}  // namespace tbprof::proto
