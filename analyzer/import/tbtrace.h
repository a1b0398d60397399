// Reads our own trace files, proto/TRACE_FORMAT.md: finished ones, growing ones, cut and damaged
// ones. Stateless. Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/import/importer.h"
#include "proto/trace_records.h"

namespace tbprof::analyzer::import {

class TbtraceImporter : public Importer {
 public:
  std::string_view format() const override { return "tbtrace"; }
  bool recognizes(const FileBytes& file) const override;
  proto::Result<std::shared_ptr<const trace::Trace>> import(const FileBytes& file) const override;
};

// Reads a trace file of ours without checking checksums, for fuzzing: chance never gets them right.
proto::Result<std::shared_ptr<const trace::Trace>> import_unchecked_tbtrace(const FileBytes& file);

// Header and index of a finished file: counts, span, overview, without decoding a chunk.
// not_found if the file has no trailer, because it is still growing or was cut.
struct TbtraceIndex {
  proto::TraceHeader header;
  proto::TraceIndex index;
};
proto::Result<TbtraceIndex> open_index(const FileBytes& file);

// Whether the file ends with its own trailer. Reads its first record and its last bytes only.
bool is_finished_tbtrace(std::span<const std::uint8_t> bytes);

}  // namespace tbprof::analyzer::import
