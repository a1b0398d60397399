#include "analyzer/import/tbsamples.h"

#include <limits>

#include "analyzer/import/tbtrace_rows.h"
#include "proto/record_reader.h"
#include "proto/sample_chunk.h"
#include "proto/trace_decoder.h"

namespace tbprof::analyzer::import {

bool is_finished_tbsamples(std::span<const std::uint8_t> bytes) {
  bool is_finished = false;
  proto::RecordReader records(bytes);
  for (proto::RecordView record; records.next(record) == proto::ReadStatus::record;) {
    is_finished = proto::is_last_sample_record(record.payload);
  }
  return is_finished;
}

bool TbsamplesImporter::recognizes(const FileBytes& file) const {
  return file.path.ends_with(kSamplesEnding) && !file.bytes.empty();
}

proto::Result<std::shared_ptr<const trace::Trace>> TbsamplesImporter::import(
    const FileBytes& file) const {
  SamplesReader reader;
  reader.read(file.bytes);
  if (!reader.header() && !reader.has_samples()) {
    return proto::Error{proto::ErrorCode::corrupt,
                        file.path + " has no readable record of samples; record it again."};
  }
  TbtraceRows rows;  // for what a header says
  trace::TraceBuilder& builder = rows.builder();
  if (reader.header()) rows.set_header(*reader.header());
  for (const auto& [key, value] : reader.properties()) builder.add_property(key, value);
  builder.set_samples(reader.samples(std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max()));
  // That it is cut is its state.
  reader.report(rows.tally(), true);
  rows.tally().report(builder);
  trace::Source source;
  source.path = file.path;
  source.format = format();
  source.size_bytes = file.bytes.size();
  source.covered_until_ns = reader.covered_until_ns();
  if (!reader.is_complete()) {
    const bool is_live = file.writer_may_live;
    source.state = is_live ? trace::RecordingState::live : trace::RecordingState::cut;
    source.state_detail = is_live ? "The program is still being looked at."
                                  : "`tbprof run` ended before it had written all that it saw.";
  }
  builder.set_source(std::move(source));
  return builder.seal();
}

}  // namespace tbprof::analyzer::import
