#include "analyzer/live_file.h"

#include <algorithm>

#include "analyzer/import/tbtrace.h"
#include "analyzer/samples_beside.h"

namespace tbprof::analyzer {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::size_t kKnownBytes = 256;

}  // namespace

void LiveFile::forget() {
  reader_.reset();
  head_.clear();
  seam_.clear();
}

bool LiveFile::goes_on(const FileView& view) const {
  if (reader_ == nullptr || !reader_->can_go_on()) return false;
  const auto bytes = view.bytes();
  if (view.stamp().device != stamp_.device || view.stamp().inode != stamp_.inode) return false;
  if (bytes.size() < reader_->offset()) return false;
  const auto seam = bytes.first(reader_->offset()).last(seam_.size());
  return std::equal(head_.begin(), head_.end(), bytes.begin()) &&
         std::equal(seam_.begin(), seam_.end(), seam.begin());
}

void LiveFile::remember(const FileView& view) {
  stamp_ = view.stamp();
  const auto read = view.bytes().first(reader_->offset());
  const auto head = read.first(std::min(read.size(), kKnownBytes));
  const auto seam = read.last(std::min(read.size(), kKnownBytes));
  head_.assign(head.begin(), head.end());
  seam_.assign(seam.begin(), seam.end());
}

Result<bool> LiveFile::catch_up(const Root& root, const std::string& relative,
                                LoadOptions options) {
  const FileView view = TBPROF_TRY(root.peek(relative));
  const bool may_grow = writer_may_live(view, options);
  auto grows = read(view, {root.path() + "/" + relative, view.bytes(), may_grow, options.progress});
  if (grows.ok() && view.shrank()) {
    grows = Error{ErrorCode::unavailable, root.path() + "/" + relative +
                                              " became shorter while it was read; try again when "
                                              "it is complete."};
  }
  if (!grows.ok() || !grows.value()) {
    forget();
  } else if (const auto samples = root.peek(samples_beside(root, relative)); samples.ok()) {
    reader_->read_samples(samples.value().bytes(), writer_may_live(samples.value(), options));
  }
  return grows;
}

Result<bool> LiveFile::read(const FileView& view, const import::FileBytes& file) {
  if (!goes_on(view)) {
    forget();
    if (!file.writer_may_live || !import::TbtraceImporter().recognizes(file)) return false;
    reader_ = std::make_unique<import::TbtraceReader>();
  }
  TBPROF_TRY(reader_->read(file));
  if (!reader_->can_go_on()) return false;
  is_last_ = !file.writer_may_live || reader_->is_finished();
  remember(view);
  return true;
}

Result<std::shared_ptr<const trace::Trace>> LiveFile::trace() {
  if (!is_last_ && memory_bytes() <= max_kept_bytes_) return reader_->trace();
  auto trace = reader_->take_trace();
  forget();
  return trace;
}

}  // namespace tbprof::analyzer
