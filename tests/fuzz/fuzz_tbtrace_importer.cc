// The reader of .tbtrace files on any bytes, without checksums, which chance never gets right:
// no crash, sound lanes.
#include <cstddef>
#include <cstdint>

#include "analyzer/import/tbtrace.h"
#include "tests/fuzz/check_trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tbprof::analyzer::import::FileBytes file{"fuzz.tbtrace", {data, size}, false};
  const auto trace = tbprof::analyzer::import::import_unchecked_tbtrace(file);
  if (trace.ok()) tbprof::fuzz::check_trace(*trace.value());
  const auto index = tbprof::analyzer::import::open_index(file);
  static_cast<void>(index.ok());
  return 0;
}
