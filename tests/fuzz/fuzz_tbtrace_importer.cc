// The reader of .tbtrace files on any bytes, without checksums, which chance never gets right:
// no crash, sound lanes, and in two steps, as of a file that grows, the same as in one.
#include <cstddef>
#include <cstdint>

#include "analyzer/import/tbtrace.h"
#include "analyzer/import/tbtrace_reader.h"
#include "tests/analyzer/same_trace.h"
#include "tests/fuzz/check_trace.h"

namespace {

using tbprof::analyzer::import::FileBytes;

void check_growing(const FileBytes& file, const tbprof::analyzer::trace::Trace& whole) {
  tbprof::proto::RecordReaderOptions options;
  options.verify_checksums = false;
  tbprof::analyzer::import::TbtraceReader reader(options);
  const std::size_t first = file.bytes.size() * file.bytes.back() / 256;
  if (!reader.read({file.path, file.bytes.first(first), true}).ok()) return;
  const auto early = reader.trace();
  if (early.ok()) tbprof::fuzz::check_trace(*early.value());
  if (!reader.can_go_on()) return;
  if (!reader.read(file).ok()) return;
  if (!tbprof::tests::difference(*reader.take_trace().value(), whole).empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FileBytes file{"fuzz.tbtrace", {data, size}, false};
  const auto trace = tbprof::analyzer::import::import_unchecked_tbtrace(file);
  if (trace.ok()) {
    tbprof::fuzz::check_trace(*trace.value());
    check_growing(file, *trace.value());
  }
  const auto index = tbprof::analyzer::import::open_index(file);
  static_cast<void>(index.ok());
  return 0;
}
