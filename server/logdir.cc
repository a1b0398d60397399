#include <algorithm>

#include "analyzer/file.h"
#include "analyzer/import/importer.h"
#include "server/capture_library.h"

namespace tbprof::server {

namespace {

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

proto::Result<plugins::TracePointer> load_capture(const std::string& folder,
                                                  const analyzer::Capture& capture) {
  const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
  const analyzer::FileView view = TBPROF_TRY(root.view(capture.path));
  const analyzer::import::FileBytes file{folder + "/" + capture.path, view.bytes(),
                                         view.writer_holds_lock()};
  for (const analyzer::import::Importer* importer : analyzer::import::importers()) {
    if (importer->recognizes(file)) return importer->import(file);
  }
  return proto::Error{proto::ErrorCode::unsupported,
                      capture.path + " is no trace of a format that is read here."};
}

proto::Result<Bytes> open_file(const std::string& folder, const analyzer::Capture& capture) {
  const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
  auto view = std::make_shared<analyzer::FileView>(TBPROF_TRY(root.view(capture.path)));
  const std::string_view text = as_text(view->bytes());
  return Bytes{std::move(view), text};
}

}  // namespace

LogdirAccess open_logdir(std::string folder) {
  LogdirAccess access;
  access.folder = folder;
  // The folder is opened anew each time: it may come, go, or be replaced while the server runs.
  access.scan = [folder]() -> proto::Result<analyzer::Catalogue> {
    const analyzer::Root root = TBPROF_TRY(analyzer::Root::open(folder));
    return analyzer::scan(root);
  };
  access.load = [folder](const analyzer::Capture& capture) {
    return load_capture(folder, capture);
  };
  access.file = [folder](const analyzer::Capture& capture) { return open_file(folder, capture); };
  return access;
}

}  // namespace tbprof::server
