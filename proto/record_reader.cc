#include "proto/record_reader.h"

#include "proto/record_frame.h"
#include "proto/record_recovery.h"

namespace tbprof::proto {

RecordReader::RecordReader(std::span<const std::uint8_t> bytes, std::uint64_t base_offset,
                           RecordReaderOptions options)
    : bytes_(bytes),
      base_offset_(base_offset),
      options_(options),
      recovery_budget_bytes_(recovery_budget_bytes(bytes.size())) {}

void RecordReader::note_damage() {
  if (!damage_.any()) damage_.first_offset = offset();
}

ReadStatus RecordReader::next(RecordView& view) {
  const RecordFrames frames(bytes_, options_);
  while (!tail_is_damaged_) {
    if (position_ == bytes_.size()) return ReadStatus::end;
    if (bytes_.size() - position_ < kFrameHeaderBytes) return ReadStatus::short_tail;
    if (is_barren()) {
      tail_is_damaged_ = true;
      break;
    }
    if (!frames.has_header(position_)) {
      if (resynchronize(frames, view)) {
        fruitful_until_ = position_;
        return ReadStatus::record;
      }
      continue;
    }
    if (!frames.is_whole(position_)) return ReadStatus::short_tail;
    const std::uint64_t begin = position_;
    const std::uint64_t end = frames.end_of(begin);
    if (frames.payload_is_intact(begin)) {
      position_ = fruitful_until_ = end;
      view = {base_offset_ + begin, frames.payload_of(begin)};
      return ReadStatus::record;
    }
    note_damage();
    ++damage_.bad_payloads;
    damage_.skipped_bytes += end - begin;
    position_ = end;
  }
  return ReadStatus::short_tail;
}

// True if the record at hand lost only its length and is in `view`. Otherwise the position is that
// of the next record, or unchanged if there is none.
bool RecordReader::resynchronize(const RecordFrames& frames, RecordView& view) {
  const std::uint64_t begin = position_;
  const Recovery recovery = find_next_record(frames, begin, recovery_budget_bytes_);
  if (!recovery.found) {
    tail_is_damaged_ = true;
    return false;
  }
  note_damage();
  ++damage_.bad_lengths;
  position_ = recovery.next;
  if (!recovery.payload_is_intact) {
    damage_.skipped_bytes += recovery.next - begin;
    return false;
  }
  const std::uint64_t payload_begin = begin + kFrameHeaderBytes;
  view = {base_offset_ + begin,
          bytes_.subspan(payload_begin, recovery.next - kFrameFooterBytes - payload_begin)};
  return true;
}

}  // namespace tbprof::proto
