#include "analyzer/import/tbtrace.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "analyzer/import/loss_tally.h"
#include "analyzer/import/tbtrace_rows.h"
#include "proto/record_frame.h"
#include "proto/record_reader.h"
#include "proto/trace_decoder.h"
#include "proto/trace_encoder.h"

namespace tbprof::analyzer::import {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;
using proto::TraceRecordKind;

// Where a header and the first chunks are; bounds the search in files of other kinds.
constexpr std::size_t kLookBytes = 1 << 20;

// "41 287 104"
std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, " ");
  return digits;
}

std::string seconds_text(std::int64_t ns) {
  const std::int64_t ms = std::max<std::int64_t>(ns, 0) / 1'000'000;
  const std::string rest = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + "." + std::string(3 - rest.size(), '0') + rest + " s";
}

class TbtraceReader {
 public:
  TbtraceReader(const FileBytes& file, proto::RecordReaderOptions options)
      : file_(file), records_(file.bytes, 0, options), rows_(builder_, tally_) {}

  Result<std::shared_ptr<const trace::Trace>> read();

 private:
  Result<> read_record(const proto::RecordView& record);
  void read_chunk(const proto::RecordView& record);
  void count_damage();
  trace::Source source(proto::ReadStatus end) const;
  std::string cut_sentence(proto::ReadStatus end) const;
  std::string covered_text() const;

  const FileBytes& file_;
  proto::RecordReader records_;
  trace::TraceBuilder builder_;
  LossTally tally_;
  TbtraceRows rows_;
  proto::ChunkDecoder decoder_;
  proto::TraceChunk chunk_;
  std::optional<std::uint64_t> file_id_;
  bool has_header_ = false;
  std::int64_t start_ns_ = 0;
  bool is_finished_ = false;
  std::uint64_t chunk_count_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t missing_chunks_ = 0;
  std::uint64_t first_gap_offset_ = 0;
};

Result<std::shared_ptr<const trace::Trace>> TbtraceReader::read() {
  builder_.set_equal_slices(trace::EqualSlices::last_is_outer);
  // Every whole record is a row, a fact or a loss.
  proto::RecordView record;
  proto::ReadStatus status = records_.next(record);
  for (; status == proto::ReadStatus::record; status = records_.next(record)) {
    TBPROF_TRY(read_record(record));
  }
  if (!has_header_ && chunk_count_ == 0) {
    return Error{ErrorCode::corrupt,
                 file_.path + " has no readable record of a tbprof trace; record it again."};
  }
  // What had begun and not ended is shown as far as it is known, also where the program left its
  // ranges open and ended properly.
  rows_.add_unfinished();
  rows_.finish();
  count_damage();
  tally_.report(builder_);
  builder_.set_source(source(status));
  return builder_.seal();
}

Result<> TbtraceReader::read_record(const proto::RecordView& record) {
  const auto head = proto::peek_record(record.payload);
  if (!head.ok() || head.value().kind == TraceRecordKind::unknown) {
    tally_.add("unknown_record", "records are of a kind that this version does not read",
               record.offset);
    return proto::success();
  }
  if (!file_id_) file_id_ = head.value().file_id;
  if (head.value().file_id != *file_id_) {
    tally_.add("foreign_record", "records belong to another file and were left out", record.offset);
    return proto::success();
  }
  switch (head.value().kind) {
    case TraceRecordKind::header: {
      auto header = proto::decode_header(record.payload);
      if (!header.ok() && header.error().code == ErrorCode::unsupported) {
        return Error{ErrorCode::unsupported, file_.path + ": " + header.error().message};
      }
      if (header.ok() && !has_header_) {
        has_header_ = true;
        start_ns_ = header.value().start_monotonic_ns;
        rows_.set_header(header.value());
      }
      break;
    }
    case TraceRecordKind::chunk:
      read_chunk(record);
      break;
    case TraceRecordKind::trailer:
      is_finished_ = proto::decode_trailer(record.payload).ok();
      break;
    case TraceRecordKind::index:
    case TraceRecordKind::unknown:
      break;
  }
  return proto::success();
}

void TbtraceReader::read_chunk(const proto::RecordView& record) {
  const auto decoded = decoder_.decode(record.payload, chunk_);
  if (!decoded.ok()) {
    tally_.add("bad_chunk", "chunks of events could not be decoded and were left out",
               record.offset);
    return;
  }
  if (chunk_.sequence > next_sequence_) {
    if (missing_chunks_ == 0) first_gap_offset_ = record.offset;
    missing_chunks_ += chunk_.sequence - next_sequence_;
  }
  next_sequence_ = std::max(next_sequence_, chunk_.sequence + 1);
  ++chunk_count_;
  rows_.add(chunk_, record.offset);
}

void TbtraceReader::count_damage() {
  const proto::RecordDamage& damage = records_.damage();
  tally_.add("bad_payload", "records are damaged and were left out", damage.first_offset,
             damage.bad_payloads);
  tally_.add("bad_length", "records have a damaged length; reading went on at the next one",
             damage.first_offset, damage.bad_lengths);
  const std::uint64_t explained = damage.bad_payloads + tally_.count("bad_chunk");
  if (missing_chunks_ > explained) {
    tally_.add("missing_chunk", "chunks of events are missing", first_gap_offset_,
               missing_chunks_ - explained);
  }
  if (!has_header_) {
    tally_.add("bad_header", "header is damaged: host, command and the time of day are not known",
               0);
  }
}

std::string TbtraceReader::covered_text() const {
  if (chunk_count_ == 0) return "no event had been written before";
  if (!has_header_) return "what comes before it is shown";
  std::int64_t covered_ns = 0;
  if (__builtin_sub_overflow(rows_.covered_until_ns(), start_ns_, &covered_ns)) covered_ns = 0;
  if (covered_ns < 1'000'000) return "what comes before it is shown";
  return "everything up to " + seconds_text(covered_ns) + " is shown";
}

std::string TbtraceReader::cut_sentence(proto::ReadStatus end) const {
  const std::uint64_t offset = records_.offset();
  if (end == proto::ReadStatus::end) {
    const char* reason = rows_.has_loss(proto::LossKind::write_failed)
                             ? "the disk refused to take more of it"
                             : "the program ended without closing it (it was killed, or left by "
                               "_exit or exec)";
    return "The recording ends without its index: " + std::string(reason) + "; " + covered_text() +
           ".";
  }
  if (records_.tail_is_damaged()) {
    return "The recording is damaged at byte " + grouped(offset) +
           " and nothing after it can be read; " + covered_text() + ".";
  }
  const std::uint64_t have = file_.bytes.size() - offset;
  if (have < proto::kFrameHeaderBytes) {
    return "The recording was cut inside the head of a record at byte " + grouped(offset) + "; " +
           covered_text() + ".";
  }
  std::uint64_t payload_bytes = 0;
  std::memcpy(&payload_bytes, file_.bytes.data() + offset, sizeof(payload_bytes));
  const std::uint64_t whole = payload_bytes + proto::kFrameHeaderBytes + proto::kFrameFooterBytes;
  return "The recording was cut " + grouped(whole - have) +
         " bytes before the end of a record at byte " + grouped(offset) + "; " + covered_text() +
         ".";
}

trace::Source TbtraceReader::source(proto::ReadStatus end) const {
  trace::Source source;
  source.path = file_.path;
  source.format = "tbtrace";
  source.size_bytes = file_.bytes.size();
  source.covered_until_ns = rows_.covered_until_ns();
  if (is_finished_) {
    source.state = trace::RecordingState::finished;
  } else if (file_.writer_may_live) {
    source.state = trace::RecordingState::live;
    source.state_detail = chunk_count_ == 0
                              ? "The program is still being recorded; no event is written yet."
                              : "The program is still being recorded; " + covered_text() + ".";
  } else {
    source.state = trace::RecordingState::cut;
    source.state_detail = cut_sentence(end);
  }
  return source;
}

// The whole record that lies at these bytes of the file.
Result<std::span<const std::uint8_t>> record_at(const FileBytes& file, std::uint64_t offset,
                                                std::uint64_t size_bytes) {
  const Error broken{ErrorCode::corrupt,
                     file.path + " has a damaged index; its chunks can still be read."};
  if (offset > file.bytes.size() || size_bytes > file.bytes.size() - offset) return broken;
  proto::RecordReader reader(file.bytes.subspan(offset, size_bytes), offset);
  proto::RecordView record;
  if (reader.next(record) != proto::ReadStatus::record || record.offset != offset) return broken;
  return record.payload;
}

std::optional<proto::TraceTrailer> find_trailer(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < proto::kTrailerRecordBytes) return std::nullopt;
  const std::uint64_t offset = bytes.size() - proto::kTrailerRecordBytes;
  const auto payload = record_at({"", bytes, false}, offset, proto::kTrailerRecordBytes);
  if (!payload.ok()) return std::nullopt;
  auto trailer = proto::decode_trailer(payload.value());
  if (!trailer.ok()) return std::nullopt;
  return trailer.value();
}

}  // namespace

bool TbtraceImporter::recognizes(const FileBytes& file) const {
  proto::RecordReader reader(file.bytes.first(std::min(file.bytes.size(), kLookBytes)));
  proto::RecordView record;
  // The header may be damaged: any record of ours near the front will do.
  for (int i = 0; i < 4 && reader.next(record) == proto::ReadStatus::record; ++i) {
    const auto head = proto::peek_record(record.payload);
    if (head.ok() && head.value().kind != TraceRecordKind::unknown) return true;
  }
  return file.path.ends_with(".tbtrace") && !file.bytes.empty();
}

Result<std::shared_ptr<const trace::Trace>> TbtraceImporter::import(const FileBytes& file) const {
  return TbtraceReader(file, {}).read();
}

Result<std::shared_ptr<const trace::Trace>> import_unchecked_tbtrace(const FileBytes& file) {
  proto::RecordReaderOptions options;
  options.verify_checksums = false;
  return TbtraceReader(file, options).read();
}

bool is_finished_tbtrace(std::span<const std::uint8_t> bytes) {
  return find_trailer(bytes).has_value();
}

Result<TbtraceIndex> open_index(const FileBytes& file) {
  const auto trailer = find_trailer(file.bytes);
  if (!trailer) {
    return Error{ErrorCode::not_found,
                 file.path + " has no index yet: it is still being written or was cut."};
  }
  const auto index =
      TBPROF_TRY(record_at(file, trailer->index_offset, trailer->index_record_bytes));
  const auto head = TBPROF_TRY(proto::peek_record(index));
  proto::RecordReader reader(file.bytes);
  proto::RecordView record;
  if (head.file_id != trailer->file_id || reader.next(record) != proto::ReadStatus::record) {
    return Error{ErrorCode::corrupt,
                 file.path + " has an index of another file; its chunks can still be read."};
  }
  TbtraceIndex result;
  result.header = TBPROF_TRY(proto::decode_header(record.payload));
  result.index = TBPROF_TRY(proto::decode_index(index));
  return result;
}

}  // namespace tbprof::analyzer::import
