// A trace file that grows while it is read: what was decoded stays, so that looking again costs
// what was appended. A file that was replaced, cut back or is damaged is read from its start. Owns
// what it has read. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/file.h"
#include "analyzer/import/tbtrace_reader.h"
#include "analyzer/load.h"
#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::analyzer {

class LiveFile {
 public:
  // What was read is kept for the next time while it takes no more than this.
  explicit LiveFile(std::size_t max_kept_bytes = SIZE_MAX) : max_kept_bytes_(max_kept_bytes) {}

  // Reads what is new in the file. false if it is none that grows, or cannot be read bit by bit:
  // load_file() reads those, and nothing is kept here.
  proto::Result<bool> catch_up(const Root& root, const std::string& relative,
                               LoadOptions options = {});
  // What catch_up() has read so far, sealed. REQUIRES: it returned true.
  proto::Result<std::shared_ptr<const trace::Trace>> trace();

  void forget();
  std::size_t memory_bytes() const { return reader_ == nullptr ? 0 : reader_->memory_bytes(); }

 private:
  proto::Result<bool> read(const FileView& view, const import::FileBytes& file);
  bool goes_on(const FileView& view) const;
  void remember(const FileView& view);

  const std::size_t max_kept_bytes_;
  std::unique_ptr<import::TbtraceReader> reader_;
  bool is_last_ = false;  // nothing is appended any more
  // How the file is known again: its inode, its first bytes with its id, the last that were read.
  FileStamp stamp_;
  std::vector<std::uint8_t> head_;
  std::vector<std::uint8_t> seam_;
};

}  // namespace tbprof::analyzer
