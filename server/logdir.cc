#include "server/logdir.h"

#include "analyzer/file.h"
#include "analyzer/load.h"
#include "server/thread_cpu_time.h"

namespace tbprof::server {

namespace {

std::int64_t now_unix_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

proto::Result<LoadedTrace> load_capture(const std::string& folder, const analyzer::Capture& capture,
                                        analyzer::LiveFile& live,
                                        analyzer::import::LoadProgress& progress) {
  const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
  const analyzer::LoadOptions options{now_unix_ns(), &progress};
  std::chrono::nanoseconds begin = thread_cpu_time();
  const bool grows = TBPROF_TRY(live.catch_up(root, capture.path, options));
  const std::chrono::nanoseconds caught_up = thread_cpu_time();
  auto trace = TBPROF_TRY(grows ? live.trace() : load_file(root, capture.path, options));
  // What was read need not be read again, where it is kept.
  if (live.memory_bytes() > 0) begin = caught_up;
  return LoadedTrace{std::move(trace), thread_cpu_time() - begin};
}

proto::Result<analyzer::import::TbtraceIndex> read_index(const std::string& folder,
                                                         const analyzer::Capture& capture) {
  const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
  const analyzer::FileView view = TBPROF_TRY(root.peek(capture.path));
  return analyzer::import::open_index({capture.path, view.bytes()});
}

proto::Result<ByteSource> open_file(const std::string& folder, const analyzer::Capture& capture) {
  const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
  const auto reader =
      std::make_shared<const analyzer::FileReader>(TBPROF_TRY(root.reader(capture.path)));
  return ByteSource{reader->stamp().size_bytes,
                    [reader](std::uint64_t offset, std::size_t size_bytes) {
                      return reader->read(offset, size_bytes);
                    }};
}

}  // namespace

LogdirAccess open_logdir(std::string folder) {
  LogdirAccess access;
  access.folder = folder;
  // The folder is opened anew each time: it may come, go, or be replaced while the server runs.
  access.scan =
      [folder,
       previous = std::make_shared<analyzer::Catalogue>()]() -> proto::Result<analyzer::Catalogue> {
    const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
    analyzer::ScanOptions options;
    options.previous = previous.get();
    options.now_unix_ns = now_unix_ns();
    *previous = TBPROF_TRY(analyzer::scan(root, options));
    return *previous;
  };
  access.load = [folder](const analyzer::Capture& capture, analyzer::LiveFile& live,
                         analyzer::import::LoadProgress& progress) {
    return load_capture(folder, capture, live, progress);
  };
  access.index = [folder](const analyzer::Capture& capture) { return read_index(folder, capture); };
  access.file = [folder](const analyzer::Capture& capture) { return open_file(folder, capture); };
  return access;
}

}  // namespace tbprof::server
