#include "analyzer/import/gzip.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tbprof::analyzer::import {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::uint64_t kMaxRatio = 1032;
constexpr std::size_t kMinGzipBytes = 18;
constexpr std::uint64_t kFurtherMemberBytes = 64 << 10;

struct DecompressorDeleter {
  void operator()(libdeflate_decompressor* decompressor) const {
    libdeflate_free_decompressor(decompressor);
  }
};

// A buffer that grows without filling what is about to be overwritten.
class Output {
 public:
  explicit Output(std::uint64_t limit) : limit_(limit) {}
  char* tail() { return data_.get() + size_; }
  std::size_t room() const { return capacity_ - size_; }
  std::size_t size() const { return size_; }
  void add(std::size_t bytes) { size_ += bytes; }

  // Room for `bytes` more, or for as many as the limit allows; false if there was none left.
  bool make_room(std::uint64_t bytes) {
    std::uint64_t wanted = std::min<std::uint64_t>(size_ + bytes, limit_);
    if (wanted <= capacity_) return room() > 0;
    // By half at least, so that what many members fill is copied a bounded number of times.
    wanted =
        std::min<std::uint64_t>(std::max<std::uint64_t>(wanted, capacity_ + capacity_ / 2), limit_);
    auto grown = std::make_unique_for_overwrite<char[]>(wanted);
    if (size_ > 0) std::memcpy(grown.get(), data_.get(), size_);
    data_ = std::move(grown);
    capacity_ = wanted;
    return true;
  }
  bool at_limit() const { return capacity_ >= limit_; }
  std::unique_ptr<char[]> take() { return std::move(data_); }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::uint64_t limit_;
};

// What a file of one member inflates to: its last four bytes say it, modulo 2^32.
std::uint64_t guessed_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kMinGzipBytes) return 64;
  std::uint32_t claimed = 0;
  std::memcpy(&claimed, bytes.data() + bytes.size() - 4, 4);
  return claimed < bytes.size() ? std::uint64_t{bytes.size()} * 8 : claimed;
}

// Inflates the member at the front as far as it is whole. Gives how much was consumed.
std::size_t salvage_member(std::span<const std::uint8_t> bytes, Output& output) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return 0;
  std::size_t consumed = 0;
  for (int status = Z_OK; status == Z_OK;) {
    if (output.room() == 0 && !output.make_room(std::max<std::size_t>(output.size(), 1 << 16)))
      break;
    const std::size_t step_in = std::min<std::size_t>(bytes.size() - consumed, 1 << 30);
    const std::size_t step_out = std::min<std::size_t>(output.room(), 1 << 30);
    // zlib's interface predates const; it does not write to its input.
    stream.next_in = const_cast<Bytef*>(bytes.data() + consumed);
    stream.avail_in = static_cast<uInt>(step_in);
    stream.next_out = reinterpret_cast<Bytef*>(output.tail());
    stream.avail_out = static_cast<uInt>(step_out);
    status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t used_in = step_in - stream.avail_in;
    const std::size_t used_out = step_out - stream.avail_out;
    consumed += used_in;
    output.add(used_out);
    if (used_in == 0 && used_out == 0) break;
  }
  inflateEnd(&stream);
  return consumed;
}

Error too_large(const std::string& path, std::uint64_t limit) {
  return {ErrorCode::unsupported, path + " holds more than " + std::to_string(limit >> 20) +
                                      " MiB when decompressed; record a shorter window."};
}

}  // namespace

bool is_gzip(std::span<const std::uint8_t> bytes) {
  return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

Result<Inflated> inflate_gzip(std::span<const std::uint8_t> bytes, const std::string& path,
                              GzipOptions options) {
  const std::uint64_t limit = std::min<std::uint64_t>(options.max_inflated_bytes,
                                                      kMaxRatio * std::uint64_t{bytes.size()} + 64);
  const std::unique_ptr<libdeflate_decompressor, DecompressorDeleter> decompressor(
      libdeflate_alloc_decompressor());
  Output output(limit);
  Inflated inflated;
  std::size_t position = 0;
  while (position < bytes.size()) {
    const auto rest = bytes.subspan(position);
    // Some tools pad the file with zeros behind the last member.
    if (position > 0 && rest[0] == 0) break;
    // Of further members nobody knows how long they are before they are inflated.
    std::uint64_t guess = position == 0 ? guessed_bytes(rest) : kFurtherMemberBytes;
    libdeflate_result status = LIBDEFLATE_INSUFFICIENT_SPACE;
    while (status == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (!output.make_room(guess)) return too_large(path, limit);
      std::size_t consumed = 0;
      std::size_t produced = 0;
      status = libdeflate_gzip_decompress_ex(decompressor.get(), rest.data(), rest.size(),
                                             output.tail(), output.room(), &consumed, &produced);
      if (status == LIBDEFLATE_SUCCESS) {
        output.add(produced);
        position += consumed;
      } else if (status == LIBDEFLATE_INSUFFICIENT_SPACE) {
        if (output.at_limit()) return too_large(path, limit);
        guess = std::max<std::uint64_t>(output.room(), 64) * 2;
      }
    }
    if (status == LIBDEFLATE_SUCCESS) continue;
    inflated.damage_offset = position + salvage_member(rest, output);
    inflated.damage = "The gzip data of " + path + " is cut or damaged at byte " +
                      std::to_string(inflated.damage_offset) + " of " +
                      std::to_string(bytes.size()) + "; what comes before it is shown.";
    break;
  }
  inflated.size_bytes = output.size();
  inflated.data = output.take();
  return Result<Inflated>(std::move(inflated));
}

std::string inflate_gzip_head(std::span<const std::uint8_t> bytes, std::size_t limit) {
  Output output(limit);
  salvage_member(bytes, output);
  const std::size_t size = output.size();
  return size == 0 ? std::string() : std::string(output.take().get(), size);
}

}  // namespace tbprof::analyzer::import
