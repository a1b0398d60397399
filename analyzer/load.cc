#include "analyzer/load.h"

#include <filesystem>
#include <system_error>

#include "analyzer/catalogue.h"
#include "analyzer/import/foreign_format.h"
#include "analyzer/import/gzip.h"
#include "analyzer/import/importer.h"
#include "analyzer/samples_beside.h"
#include "analyzer/shell_word.h"

namespace tbprof::analyzer {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::int64_t kFreshNs = 5'000'000'000;
constexpr std::size_t kLookBytes = 64 << 10;

Error not_recognized(const std::string& path, const import::FileBytes& file) {
  if (import::is_gzip(file.bytes)) {
    return import::not_a_trace(path, import::inflate_gzip_head(file.bytes, kLookBytes));
  }
  return import::not_a_trace(path, {reinterpret_cast<const char*>(file.bytes.data()),
                                    std::min(file.bytes.size(), kLookBytes)});
}

}  // namespace

bool writer_may_live(const FileView& view, LoadOptions options) {
  if (view.locks_are_known()) return view.writer_holds_lock();
  return options.now_unix_ns != 0 && options.now_unix_ns - view.stamp().modified_ns < kFreshNs;
}

Result<std::shared_ptr<const trace::Trace>> load_file(const Root& root, const std::string& relative,
                                                      LoadOptions options) {
  // The bytes as they are now, on which nobody else can pull.
  const FileView view = TBPROF_TRY(root.view(relative));
  const std::string path = root.path() + "/" + relative;
  import::FileBytes file{path, view.bytes(), writer_may_live(view, options), options.progress};
  const auto samples = root.view(samples_beside(root, relative));
  if (samples.ok()) {
    file.samples = samples.value().bytes();
    file.samples_writer_may_live = writer_may_live(samples.value(), options);
  }
  // The first format that knows the bytes reads them: rows in order, nested, linked, sealed.
  for (const import::Importer* importer : import::importers()) {
    if (!importer->recognizes(file)) continue;
    auto trace = TBPROF_TRY(importer->import(file));
    if (view.shrank()) {
      return Error{ErrorCode::unavailable,
                   path + " became shorter while it was read; try again when it is complete."};
    }
    return trace;
  }
  return not_recognized(path, file);
}

Result<std::shared_ptr<const trace::Trace>> load(const std::string& path, LoadOptions options) {
  // What the user names may be a link to anywhere: the root is where it really is.
  std::error_code error;
  const std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) {
    return Error{ErrorCode::not_found, path + " cannot be opened (" + error.message() +
                                           "); give a trace file or a log directory."};
  }
  if (!std::filesystem::is_directory(target, error)) {
    const Root root = TBPROF_TRY(Root::open(target.parent_path().string()));
    return load_file(root, target.filename().string(), options);
  }
  // Of a folder, the newest capture below it.
  const Root root = TBPROF_TRY(Root::open(target.string()));
  const Catalogue catalogue = TBPROF_TRY(scan(root));
  if (catalogue.captures.empty()) {
    std::string sentence = path + " holds no capture; record one with: tbprof run --logdir " +
                           shell_word(path) + " -- PROGRAM";
    for (const std::string& problem : catalogue.problems) sentence += "\n" + problem;
    return Error{ErrorCode::not_found, std::move(sentence)};
  }
  return load_file(root, catalogue.captures.front().path, options);
}

}  // namespace tbprof::analyzer
