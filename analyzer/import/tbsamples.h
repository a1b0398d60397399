// Reads a file of samples of which no trace lies beside: what a process's threads were seen doing,
// and nothing else. Stateless. Any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "analyzer/import/importer.h"
#include "analyzer/import/samples_reader.h"

namespace tbprof::analyzer::import {

// Whether the last record says that the file is complete.
bool is_finished_tbsamples(std::span<const std::uint8_t> bytes);

class TbsamplesImporter : public Importer {
 public:
  std::string_view format() const override { return "tbsamples"; }
  bool recognizes(const FileBytes& file) const override;
  proto::Result<std::shared_ptr<const trace::Trace>> import(const FileBytes& file) const override;
};

}  // namespace tbprof::analyzer::import
