// The reader of torch.profiler's JSON, plain and gzip, on any bytes: no crash, sound lanes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "analyzer/import/torch_json.h"
#include "tests/fuzz/check_trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tbprof::analyzer::import::TorchJsonImporter importer;
  const tbprof::analyzer::import::FileBytes file{"fuzz.json", {data, size}, false};
  importer.recognizes(file);
  const auto trace = importer.import(file);
  if (trace.ok()) tbprof::fuzz::check_trace(*trace.value());
  return 0;
}
