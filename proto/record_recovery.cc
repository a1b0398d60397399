#include "proto/record_recovery.h"

#include <algorithm>
#include <optional>

namespace tbprof::proto {
namespace {

// How far a proof that a record begins somewhere looks for that record's end.
constexpr std::uint64_t kProofReachBytes = std::uint64_t{1} << 22;

constexpr std::uint64_t kMaxRecoveryBudgetBytes = std::uint64_t{1} << 35;

std::uint32_t masked_crc_of(std::uint64_t length) {
  return mask_crc32c(crc32c({reinterpret_cast<const std::uint8_t*>(&length), sizeof length}));
}

bool differ_in_one_byte(std::uint32_t a, std::uint32_t b) {
  const std::uint32_t difference = a ^ b;
  for (int shift = 0; shift < 32; shift += 8) {
    if ((difference & ~(std::uint32_t{0xff} << shift)) == 0) return true;
  }
  return false;
}

bool take_budget(std::uint64_t& budget_bytes, std::uint64_t needed_bytes) {
  if (budget_bytes < needed_bytes) return false;
  budget_bytes -= needed_bytes;
  return true;
}

// The length that a header had before one of its twelve bytes was damaged.
std::optional<std::uint64_t> repaired_length(const RecordFrames& frames, std::uint64_t damaged) {
  std::uint64_t stored = 0;
  std::memcpy(&stored, frames.bytes().data() + damaged, sizeof stored);
  const std::uint32_t stored_crc = frames.number_at(damaged + sizeof stored);
  if (differ_in_one_byte(masked_crc_of(stored), stored_crc)) return stored;
  for (unsigned shift = 0; shift < 64; shift += 8) {
    for (std::uint64_t change = 1; change < 256; ++change) {
      const std::uint64_t length = stored ^ (change << shift);
      if (masked_crc_of(length) == stored_crc) return length;
    }
  }
  return std::nullopt;
}

// Without budget for its payload, only a header behind it shows that the length is right; the
// payload then counts as damaged.
Recovery recover_by_repair(const RecordFrames& frames, std::uint64_t damaged,
                           std::uint64_t& budget_bytes) {
  const std::optional<std::uint64_t> length = repaired_length(frames, damaged);
  if (!length || *length > frames.options().max_payload_bytes || !frames.fits(damaged, *length)) {
    return {};
  }
  const std::uint64_t payload_end = damaged + kFrameHeaderBytes + *length;
  const std::uint64_t end = payload_end + kFrameFooterBytes;
  bool intact = false;
  if (take_budget(budget_bytes, *length)) {
    const std::uint32_t crc = crc32c(frames.bytes().subspan(damaged + kFrameHeaderBytes, *length));
    intact = mask_crc32c(crc) == frames.number_at(payload_end);
  }
  if (!intact && end != frames.size() && !frames.has_header(end)) return {};
  return {true, intact, end};
}

// Asks of one place after another, in rising order, whether a payload that begins at a given offset
// ends there, by the checksum that would follow it. Each byte is read once.
class OwnEnd {
 public:
  OwnEnd(const RecordFrames& frames, std::uint64_t payload_begin)
      : frames_(frames), begin_(payload_begin), read_until_(payload_begin) {}

  // Whether the record ends right before `next`.
  bool is_before(std::uint64_t next) {
    if (next < begin_ + kFrameFooterBytes) return false;
    const std::uint64_t payload_end = next - kFrameFooterBytes;
    crc_ = crc32c(frames_.bytes().subspan(read_until_, payload_end - read_until_), crc_);
    read_until_ = payload_end;
    return payload_end - begin_ <= frames_.options().max_payload_bytes &&
           mask_crc32c(crc_) == frames_.number_at(payload_end);
  }

 private:
  const RecordFrames& frames_;
  std::uint64_t begin_;
  std::uint64_t read_until_;
  std::uint32_t crc_ = 0;
};

// Whether the bytes at a place where no header is can be shown to be a record with a damaged one.
bool is_damaged_record(const RecordFrames& frames, std::uint64_t begin,
                       std::uint64_t& budget_bytes) {
  const std::uint64_t reach = std::min(frames.size() - begin, kProofReachBytes);
  if (!take_budget(budget_bytes, reach)) return false;
  if (recover_by_repair(frames, begin, budget_bytes).found) return true;
  const auto window = frames.bytes().first(begin + reach);
  OwnEnd own_end(frames, begin + kFrameHeaderBytes);
  std::size_t next = find_frame_header(window, begin + kFrameHeaderBytes);
  for (; next != window.size(); next = find_frame_header(window, next + 1)) {
    if (own_end.is_before(next)) return true;
  }
  return window.size() == frames.size() && own_end.is_before(frames.size());
}

// Whether the bytes left, too few for a header, can be the first of one. Behind records that lie in
// a payload at least that payload's checksum is left, whose bytes make an implausible length.
bool may_begin_header(const RecordFrames& frames, std::uint64_t begin) {
  const std::uint64_t left = frames.size() - begin;
  if (left < kFrameFooterBytes) return true;
  if (left == kFrameFooterBytes) return false;
  std::uint64_t length = 0;
  std::memcpy(&length, frames.bytes().data() + begin, std::min<std::uint64_t>(left, sizeof length));
  return length <= frames.options().max_payload_bytes;
}

enum class ChainEnd : std::uint8_t { proven, unfinished, unproven };
struct Chain {
  ChainEnd end_kind = ChainEnd::unproven;
  std::uint64_t end = 0;  // where its last record ends
};

// Follows records from one to the next. Records of the stream itself lead to its end or to another
// damaged record; those inside a payload stop before that payload's end.
Chain follow(const RecordFrames& frames, std::uint64_t first, std::uint64_t& budget_bytes) {
  std::uint64_t last = first;
  std::uint64_t end = first;
  while (frames.has_header(end) && frames.is_whole(end)) {
    last = end;
    end = frames.end_of(end);
  }
  if (end == frames.size()) return {ChainEnd::proven, end};
  if (frames.has_header(end)) return {ChainEnd::unfinished, end};
  if (frames.size() - end < kFrameHeaderBytes) {
    return {may_begin_header(frames, end) ? ChainEnd::unfinished : ChainEnd::unproven, end};
  }
  const bool last_is_damaged =
      take_budget(budget_bytes, frames.length_of(last)) && !frames.payload_is_intact(last);
  const bool proven = last_is_damaged || is_damaged_record(frames, end, budget_bytes);
  return {proven ? ChainEnd::proven : ChainEnd::unproven, end};
}

}  // namespace

bool RecordFrames::has_header(std::uint64_t begin) const {
  if (begin > size() || size() - begin < kFrameHeaderBytes) return false;
  const std::uint64_t length = length_of(begin);
  if (length > options_.max_payload_bytes) return false;
  return !options_.verify_checksums || masked_crc_of(length) == number_at(begin + sizeof length);
}

std::uint64_t RecordFrames::length_of(std::uint64_t begin) const {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes_.data() + begin, sizeof length);
  return length;
}

bool RecordFrames::payload_is_intact(std::uint64_t begin) const {
  if (!options_.verify_checksums) return true;
  const std::uint32_t stored = number_at(end_of(begin) - kFrameFooterBytes);
  return mask_crc32c(crc32c(payload_of(begin))) == stored;
}

bool RecordFrames::fits(std::uint64_t begin, std::uint64_t length) const {
  const std::uint64_t room = size() - begin;
  constexpr std::uint64_t kFrameBytes = kFrameHeaderBytes + kFrameFooterBytes;
  return room >= kFrameBytes && length <= room - kFrameBytes;
}

std::uint32_t RecordFrames::number_at(std::uint64_t offset) const {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes_.data() + offset, sizeof number);
  return number;
}

std::uint64_t recovery_budget_bytes(std::uint64_t stream_bytes) {
  return std::min(8 * std::min(stream_bytes, kMaxRecoveryBudgetBytes) + 4 * kProofReachBytes,
                  kMaxRecoveryBudgetBytes);
}

Recovery find_next_record(const RecordFrames& frames, std::uint64_t damaged,
                          std::uint64_t& budget_bytes) {
  if (!frames.options().verify_checksums) return {};
  const Recovery repaired = recover_by_repair(frames, damaged, budget_bytes);
  if (repaired.found) return repaired;

  const std::uint64_t reach =
      std::min(frames.size() - damaged,
               std::max(frames.options().max_barren_bytes, std::uint64_t{kFrameHeaderBytes}));
  const auto searched = frames.bytes().first(damaged + reach);
  OwnEnd own_end(frames, damaged + kFrameHeaderBytes);
  std::optional<std::uint64_t> fallback;
  std::uint64_t from = damaged + kFrameHeaderBytes;
  while (true) {
    const std::uint64_t next = find_frame_header(searched, std::min(from, searched.size()));
    if (next == searched.size() && next != frames.size()) break;
    if (own_end.is_before(next)) return {true, true, next};
    if (next == frames.size()) break;
    from = next + 1;
    if (!frames.has_header(next) || !frames.is_whole(next)) continue;
    if (!take_budget(budget_bytes, frames.length_of(next)) || !frames.payload_is_intact(next)) {
      continue;
    }
    const Chain chain = follow(frames, next, budget_bytes);
    if (chain.end_kind == ChainEnd::proven) return {true, false, next};
    if (chain.end_kind == ChainEnd::unfinished && !fallback) fallback = next;
    from = std::max(from, chain.end);
  }
  if (fallback) return {true, false, *fallback};
  return {};
}

}  // namespace tbprof::proto
