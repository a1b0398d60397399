// Reads what torch.profiler exports: Chrome trace JSON, plain or gzip, of all releases since 2020,
// and what is left of it when it was cut or a name broke it. Stateless. Any thread.
#pragma once

#include <string_view>

#include "analyzer/import/importer.h"

namespace tbprof::analyzer::import {

class TorchJsonImporter : public Importer {
 public:
  std::string_view format() const override { return "torch.profiler JSON"; }
  bool recognizes(const FileBytes& file) const override;
  proto::Result<std::shared_ptr<const trace::Trace>> import(const FileBytes& file) const override;
};

}  // namespace tbprof::analyzer::import
