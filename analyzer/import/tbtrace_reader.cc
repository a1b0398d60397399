#include "analyzer/import/tbtrace_reader.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "analyzer/report/words.h"
#include "proto/record_frame.h"

namespace tbprof::analyzer::import {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;
using proto::TraceRecordKind;

std::string grouped(std::uint64_t number) {
  return report::with_plain_spaces(report::grouped(number));
}

// About what a chunk takes when it is decoded.
std::uint64_t decoded_bytes(const proto::TraceChunk& chunk) {
  std::uint64_t slices = 0;
  std::uint64_t values = 0;
  for (const proto::SliceBlock& block : chunk.slices) {
    slices += block.start_ns.size();
    for (const proto::SliceAttribute& fact : block.attributes) values += fact.row.size();
  }
  for (const proto::CounterBlock& block : chunk.counters) values += block.time_ns.size();
  std::uint64_t text_bytes = 0;
  for (const std::string& text : chunk.strings) text_bytes += sizeof(text) + text.size();
  const std::uint64_t records = chunk.names.size() + chunk.shapes.size() + chunk.tracks.size() +
                                chunk.steps.size() + chunk.instants.size() + chunk.windows.size() +
                                chunk.noted_steps.size() + chunk.device_events.size();
  return 16 * (slices + values) + text_bytes + 64 * records;
}

std::string seconds_text(std::int64_t ns) {
  const std::int64_t ms = std::max<std::int64_t>(ns, 0) / 1'000'000;
  const std::string rest = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + "." + std::string(3 - rest.size(), '0') + rest + " s";
}

}  // namespace

std::uint64_t TbtraceReader::default_max_memory_bytes() {
  constexpr std::uint64_t most = std::uint64_t{16} << 30;
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return most;
  return std::min(most,
                  static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes) / 2);
}

Result<> TbtraceReader::read(const FileBytes& file) {
  path_ = file.path;
  if (!file.samples.empty()) read_samples(file.samples, file.samples_writer_may_live);
  proto::RecordReader records(file.bytes.subspan(offset_), offset_, options_);
  // Every whole record is a row, a fact or a loss.
  proto::RecordView record;
  file.enter(LoadPhase::reading);
  proto::ReadStatus status = records.next(record);
  for (; status == proto::ReadStatus::record; status = records.next(record)) {
    TBPROF_TRY(file.reach(records.offset()));
    TBPROF_TRY(read_record(record));
  }
  file.enter(LoadPhase::sorting);
  offset_ = records.offset();
  damage_ = records.damage();
  tail_is_damaged_ = records.tail_is_damaged();
  note_tail(file, status);
  return proto::success();
}

// What is there of a record that is not whole.
void TbtraceReader::note_tail(const FileBytes& file, proto::ReadStatus end) {
  size_bytes_ = file.bytes.size();
  writer_may_live_ = file.writer_may_live;
  ends_at_record_ = end == proto::ReadStatus::end;
  tail_bytes_ = size_bytes_ - offset_;
  whole_record_bytes_ = 0;
  if (tail_is_damaged_ || tail_bytes_ < proto::kFrameHeaderBytes) return;
  std::uint64_t payload_bytes = 0;
  std::memcpy(&payload_bytes, file.bytes.data() + offset_, sizeof(payload_bytes));
  whole_record_bytes_ = payload_bytes + proto::kFrameHeaderBytes + proto::kFrameFooterBytes;
}

Result<std::shared_ptr<const trace::Trace>> TbtraceReader::trace() const {
  TbtraceRows rows(rows_);
  return seal(rows);
}

Result<std::shared_ptr<const trace::Trace>> TbtraceReader::take_trace() { return seal(rows_); }

Result<std::shared_ptr<const trace::Trace>> TbtraceReader::seal(TbtraceRows& rows) const {
  if (!has_header_ && chunk_count_ == 0) {
    return Error{ErrorCode::corrupt,
                 path_ + " has no readable record of a tbprof trace; record it again."};
  }
  const std::string open = rows.open_sentence();
  // What had begun and not ended is shown as far as it is known, also where the program left its
  // ranges open and ended properly.
  rows.add_unfinished();
  rows.finish();
  add_samples(rows);
  count_damage(rows.tally());
  rows.tally().report(rows.builder());
  rows.builder().set_source(source(open));
  return rows.builder().seal();
}

// What was seen before the recording began, or after it ended, is not shown with it.
void TbtraceReader::add_samples(TbtraceRows& rows) const {
  constexpr std::int64_t kUnwrittenNs =
      1'000'000'000;  // more than a killed program leaves unwritten
  samples_.report(rows.tally(), samples_writer_may_live_);
  if (!samples_.has_samples()) return;
  std::int64_t until_ns = std::numeric_limits<std::int64_t>::max();
  const std::int64_t covered_ns = rows_.covered_until_ns();
  if (covered_ns != 0 && !(writer_may_live_ && trailer_end_ == 0)) {
    until_ns = covered_ns;
    if (!is_finished() && __builtin_add_overflow(covered_ns, kUnwrittenNs, &until_ns)) return;
  }
  rows.builder().set_samples(samples_.samples(start_ns_, until_ns));
  for (const auto& [key, value] : samples_.properties()) rows.builder().add_property(key, value);
}

Result<> TbtraceReader::read_record(const proto::RecordView& record) {
  const auto head = proto::peek_record(record.payload);
  if (!head.ok() || head.value().kind == TraceRecordKind::unknown) {
    rows_.tally().add("unknown_record",
                      "[record is|records are] of a kind that this version does not read",
                      record.offset);
    return proto::success();
  }
  if (!file_id_) file_id_ = head.value().file_id;
  if (head.value().file_id != *file_id_) {
    rows_.tally().add("foreign_record",
                      "[record belongs|records belong] to another file and [was|were] left out",
                      record.offset);
    return proto::success();
  }
  if (trailer_end_ != 0) {
    rows_.tally().add(
        "behind_end",
        "[record stands|records stand] behind the end of the recording and [was|were] "
        "left out",
        record.offset);
    return proto::success();
  }
  switch (head.value().kind) {
    case TraceRecordKind::header: {
      auto header = proto::decode_header(record.payload);
      if (!header.ok() && header.error().code == ErrorCode::unsupported) {
        return Error{ErrorCode::unsupported, path_ + ": " + header.error().message};
      }
      if (header.ok() && !has_header_) {
        has_header_ = true;
        start_ns_ = header.value().start_monotonic_ns;
        rows_.set_header(header.value());
      }
      break;
    }
    case TraceRecordKind::chunk:
      return read_chunk(record);
    case TraceRecordKind::trailer:
      if (proto::decode_trailer(record.payload).ok()) {
        trailer_end_ = record.offset + proto::kTrailerRecordBytes;
      }
      break;
    case TraceRecordKind::index:
    case TraceRecordKind::unknown:
      break;
  }
  return proto::success();
}

Result<> TbtraceReader::read_chunk(const proto::RecordView& record) {
  const auto decoded = decoder_.decode(record.payload, chunk_);
  if (!decoded.ok()) {
    rows_.tally().add("bad_chunk",
                      "[chunk|chunks] of events could not be decoded and [was|were] left out",
                      record.offset);
    return proto::success();
  }
  if (chunk_.sequence < next_sequence_) {
    rows_.tally().add("repeated_chunk",
                      "[chunk|chunks] of events [stands|stand] in the file a second time and "
                      "[was|were] left out",
                      record.offset);
    return proto::success();
  }
  if (chunk_.sequence > next_sequence_) {
    if (missing_chunks_ == 0) first_gap_offset_ = record.offset;
    missing_chunks_ += chunk_.sequence - next_sequence_;
  }
  next_sequence_ = chunk_.sequence + 1;
  ++chunk_count_;
  rows_.add(chunk_, record.offset);
  return check_memory();
}

// Bytes that compress a thousandfold must not take the machine's memory.
Result<> TbtraceReader::check_memory() {
  unchecked_bytes_ += decoded_bytes(chunk_);
  if (unchecked_bytes_ < max_memory_bytes_ / 256) return proto::success();
  unchecked_bytes_ = 0;
  if (rows_.memory_bytes() <= max_memory_bytes_) return proto::success();
  return Error{ErrorCode::unsupported, path_ + " takes more than " +
                                           std::to_string(max_memory_bytes_ >> 20) +
                                           " MiB of memory; record a shorter window."};
}

void TbtraceReader::count_damage(LossTally& tally) const {
  tally.add("bad_payload", "[record is|records are] damaged and [was|were] left out",
            damage_.first_offset, damage_.bad_payloads);
  tally.add("bad_length",
            "[record has|records have] a damaged length; reading went on at the next one",
            damage_.first_offset, damage_.bad_lengths);
  const std::uint64_t explained = damage_.bad_payloads + tally.count("bad_chunk");
  if (missing_chunks_ > explained) {
    tally.add("missing_chunk", "[chunk|chunks] of events [is|are] missing", first_gap_offset_,
              missing_chunks_ - explained);
  }
  if (!has_header_) {
    tally.add("bad_header", "header is damaged: host, command and the time of day are not known",
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

std::string TbtraceReader::cut_sentence() const {
  if (trailer_end_ != 0) {
    return "The recording ends at byte " + grouped(trailer_end_) + ", but " +
           grouped(size_bytes_ - trailer_end_) + " bytes that do not belong to it stand behind; " +
           covered_text() + ".";
  }
  if (ends_at_record_) {
    const char* reason = rows_.has_loss(proto::LossKind::write_failed)
                             ? "the disk refused to take more of it"
                             : "the program ended without closing it (it was killed, or left by "
                               "_exit or exec)";
    return "The recording ends without its index: " + std::string(reason) + "; " + covered_text() +
           ".";
  }
  if (tail_is_damaged_) {
    const bool is_given_up = size_bytes_ - offset_ > options_.max_barren_bytes;
    return "The recording is damaged at byte " + grouped(offset_) +
           (is_given_up ? " and no whole record stands in the " +
                              grouped(options_.max_barren_bytes >> 20) + " MiB around it; "
                        : " and nothing after it can be read; ") +
           covered_text() + ".";
  }
  if (whole_record_bytes_ == 0) {
    return "The recording was cut inside the head of a record at byte " + grouped(offset_) + "; " +
           covered_text() + ".";
  }
  return "The recording was cut " + grouped(whole_record_bytes_ - tail_bytes_) +
         " bytes before the end of a record at byte " + grouped(offset_) + "; " + covered_text() +
         ".";
}

trace::Source TbtraceReader::source(const std::string& open) const {
  trace::Source source;
  source.path = path_;
  source.format = "tbtrace";
  source.size_bytes = size_bytes_;
  source.covered_until_ns = rows_.covered_until_ns();
  if (is_finished()) {
    source.state = trace::RecordingState::finished;
    if (!open.empty()) source.state_detail = "At its end " + open;
  } else if (writer_may_live_ && trailer_end_ == 0) {
    source.state = trace::RecordingState::live;
    source.state_detail = chunk_count_ == 0
                              ? "The program is still being recorded; no event is written yet."
                              : "The program is still being recorded; " + covered_text() + ".";
  } else {
    source.state = trace::RecordingState::cut;
    source.state_detail = cut_sentence();
    if (!open.empty()) source.state_detail += " Then " + open;
  }
  return source;
}

}  // namespace tbprof::analyzer::import
