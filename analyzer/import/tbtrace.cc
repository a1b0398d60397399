#include "analyzer/import/tbtrace.h"

#include <algorithm>
#include <optional>

#include "analyzer/import/tbtrace_reader.h"
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

Result<std::shared_ptr<const trace::Trace>> read_whole(const FileBytes& file,
                                                       proto::RecordReaderOptions options) {
  TbtraceReader reader(options);
  TBPROF_TRY(reader.read(file));
  return reader.take_trace();
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
  return read_whole(file, {});
}

Result<std::shared_ptr<const trace::Trace>> import_unchecked_tbtrace(const FileBytes& file) {
  proto::RecordReaderOptions options;
  options.verify_checksums = false;
  return read_whole(file, options);
}

bool is_finished_tbtrace(std::span<const std::uint8_t> bytes) {
  const auto trailer = find_trailer(bytes);
  // The index stands right before its trailer, or the trailer is one of a file that was appended.
  if (!trailer || trailer->index_offset + trailer->index_record_bytes !=
                      bytes.size() - proto::kTrailerRecordBytes) {
    return false;
  }
  proto::RecordReader reader(bytes.first(std::min(bytes.size(), kLookBytes)));
  proto::RecordView record;
  if (reader.next(record) != proto::ReadStatus::record) return true;
  const auto head = proto::peek_record(record.payload);
  return !head.ok() || head.value().file_id == trailer->file_id;
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
