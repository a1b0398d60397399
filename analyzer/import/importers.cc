#include <array>

#include "analyzer/import/importer.h"
#include "analyzer/import/tbsamples.h"
#include "analyzer/import/tbtrace.h"
#include "analyzer/import/torch_json.h"

namespace tbprof::analyzer::import {

std::span<const Importer* const> importers() {
  static const TbsamplesImporter tbsamples;
  static const TbtraceImporter tbtrace;
  static const TorchJsonImporter torch_json;
  static const std::array<const Importer*, 3> all = {&tbsamples, &tbtrace, &torch_json};
  return all;
}

}  // namespace tbprof::analyzer::import
