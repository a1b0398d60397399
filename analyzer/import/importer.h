// What every reader of a trace format offers. Importers are stateless; what is unknown in a file is
// counted as a loss, never fatal. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/import/load_progress.h"
#include "analyzer/trace/trace.h"
#include "proto/result.h"

namespace tbprof::analyzer::import {

struct FileBytes {
  std::string path;                     // for error messages and Trace::source()
  std::span<const std::uint8_t> bytes;  // as on disk, still compressed
  bool writer_may_live = false;         // a short tail is then "live", not "cut"
  LoadProgress* progress = nullptr;     // told how far reading has come, if anybody asks
  // Of the file of samples that belongs to it; empty if there is none.
  std::span<const std::uint8_t> samples = {};
  bool samples_writer_may_live = false;

  void enter(LoadPhase phase) const {
    if (progress != nullptr) progress->enter(phase);
  }
  proto::Result<> reach(std::uint64_t read_bytes) const {
    return progress == nullptr ? proto::success() : progress->reach(read_bytes, path);
  }
};

class Importer {
 public:
  virtual ~Importer() = default;
  virtual std::string_view format() const = 0;
  // Whether the file is of this format, judged by its name and first bytes.
  virtual bool recognizes(const FileBytes& file) const = 0;
  virtual proto::Result<std::shared_ptr<const trace::Trace>> import(
      const FileBytes& file) const = 0;
};

// In the order in which they are asked.
std::span<const Importer* const> importers();

}  // namespace tbprof::analyzer::import
