// Reads a TFRecord stream from memory and recovers from damage: a bad payload is skipped and
// counted, a bad length resynchronises at the next record, never inside another record's payload.
// Borrows the bytes. One thread at a time.
#pragma once

#include <cstdint>
#include <span>

namespace tbprof::proto {

class RecordFrames;

struct RecordView {
  std::uint64_t offset = 0;  // of the record's first byte in the stream
  std::span<const std::uint8_t> payload;
};

struct RecordDamage {
  std::uint64_t bad_payloads = 0;
  std::uint64_t bad_lengths = 0;
  std::uint64_t skipped_bytes = 0;
  std::uint64_t first_offset = 0;  // where the first damage begins; valid if any count is not 0
  bool any() const { return bad_payloads + bad_lengths > 0; }
};

enum class ReadStatus : std::uint8_t {
  record,      // the view holds the next record
  end,         // the bytes end where a record ends
  short_tail,  // the bytes end inside a record, or nothing whole follows a damaged length: wait
               // while the writer lives, else the file is cut at offset()
};

struct RecordReaderOptions {
  bool verify_checksums = true;  // off only in fuzz targets, which could not pass them
  std::uint64_t max_payload_bytes = std::uint64_t{1} << 31;
  // After so many bytes without a record that is whole, what follows counts as damaged: a file can
  // be longer than its disk.
  std::uint64_t max_barren_bytes = UINT64_MAX;
};

class RecordReader {
 public:
  // `bytes` begins at byte `base_offset` of the stream, where a record begins.
  explicit RecordReader(std::span<const std::uint8_t> bytes, std::uint64_t base_offset = 0,
                        RecordReaderOptions options = {});

  // A record whose length alone was damaged is delivered like any other, and counted as damage.
  ReadStatus next(RecordView& view);

  // Stream offset of the record that next() would read: where to go on with a grown file.
  std::uint64_t offset() const { return base_offset_ + position_; }
  // What was passed over before offset(), so that the damage of successive readers adds up.
  const RecordDamage& damage() const { return damage_; }
  // Whether short_tail was returned because what begins at offset() is damaged and no record was
  // found behind it, or none within max_barren_bytes.
  bool tail_is_damaged() const { return tail_is_damaged_; }

 private:
  bool resynchronize(const RecordFrames& frames, RecordView& view);
  void note_damage();
  bool is_barren() const { return position_ - fruitful_until_ > options_.max_barren_bytes; }

  std::span<const std::uint8_t> bytes_;
  std::uint64_t base_offset_;
  std::uint64_t position_ = 0;
  std::uint64_t fruitful_until_ = 0;  // the end of the last record that was delivered
  RecordReaderOptions options_;
  RecordDamage damage_;
  bool tail_is_damaged_ = false;
  std::uint64_t recovery_budget_bytes_;
};

}  // namespace tbprof::proto
