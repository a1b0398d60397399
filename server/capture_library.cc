#include "server/capture_library.h"

#include <unistd.h>

#include <algorithm>

#include "server/fingerprint.h"

namespace tbprof::server {

namespace {

std::string version_of(const analyzer::Capture& capture) {
  const analyzer::FileStamp& stamp = capture.stamp;
  std::string text = capture.path;
  for (const std::uint64_t part :
       {stamp.device, stamp.inode, stamp.size_bytes, static_cast<std::uint64_t>(stamp.modified_ns),
        static_cast<std::uint64_t>(capture.state)}) {
    text += '|' + std::to_string(part);
  }
  return fingerprint(text);
}

std::shared_ptr<CatalogueSnapshot> make_snapshot(analyzer::Catalogue catalogue) {
  auto snapshot = std::make_shared<CatalogueSnapshot>();
  for (std::size_t i = 0; i < catalogue.captures.size(); ++i) {
    snapshot->versions.push_back(version_of(catalogue.captures[i]));
    snapshot->by_id.emplace(catalogue.captures[i].id, i);
  }
  snapshot->catalogue = std::move(catalogue);
  return snapshot;
}

std::string version_of_all(const CatalogueSnapshot& snapshot) {
  std::string all;
  for (const analyzer::Run& run : snapshot.catalogue.runs) {
    all += run.name + (run.has_events ? "+\n" : "\n");
  }
  for (const std::string& version : snapshot.versions) all += version + '\n';
  for (const std::string& problem : snapshot.catalogue.problems) all += problem + '\n';
  return fingerprint(all);
}

// Work for versions of a live capture is at most this part of one core's time.
constexpr int kTimePerWork = 20;

}  // namespace

CaptureLibrary::CaptureLibrary(LogdirAccess access, std::size_t memory_budget_bytes)
    : access_(std::move(access)),
      memory_budget_bytes_(memory_budget_bytes),
      snapshot_(make_snapshot({})) {}

std::vector<std::string> CaptureLibrary::rescan() {
  auto scanned = access_.scan();
  analyzer::Catalogue catalogue;
  if (scanned.ok()) {
    catalogue = scanned.take();
  } else {
    // What is gone is gone; what cannot be read at this moment may come back.
    if (scanned.error().code != proto::ErrorCode::not_found) catalogue = snapshot()->catalogue;
    catalogue.problems = {scanned.error().message};
  }
  auto next = make_snapshot(std::move(catalogue));
  std::vector<std::string> changed;
  const std::lock_guard lock(mutex_);
  hold_back(*next);
  next->version = version_of_all(*next);
  for (std::size_t i = 0; i < next->versions.size(); ++i) {
    const std::string& id = next->catalogue.captures[i].id;
    const auto before = snapshot_->by_id.find(id);
    if (before == snapshot_->by_id.end() ||
        snapshot_->versions[before->second] != next->versions[i]) {
      changed.push_back(id);
    }
  }
  std::erase_if(entries_, [&](const auto& item) {
    return !item.second.is_loading && !next->by_id.contains(item.first);
  });
  if (next->version != snapshot_->version) snapshot_ = std::move(next);
  return changed;
}

// REQUIRES: mutex_ is held. A capture that is live no more is never held back.
void CaptureLibrary::hold_back(CatalogueSnapshot& next) const {
  for (std::size_t i = 0; i < next.versions.size(); ++i) {
    const analyzer::Capture& capture = next.catalogue.captures[i];
    if (capture.state != analyzer::trace::RecordingState::live) continue;
    const auto before = snapshot_->by_id.find(capture.id);
    const auto entry = entries_.find(capture.id);
    if (before == snapshot_->by_id.end() || entry == entries_.end()) continue;
    if (!may_renew(entry->second)) next.versions[i] = snapshot_->versions[before->second];
  }
}

// REQUIRES: mutex_ is held
bool CaptureLibrary::may_renew(const Entry& entry) const {
  if (entry.is_loading) return false;
  if (entry.trace == nullptr) return true;
  std::chrono::nanoseconds work = entry.cost_of_next;
  for (const auto& [kind, time] : entry.answer_times) work += time;
  return Clock::now() - entry.loaded_at >= kTimePerWork * work;
}

void CaptureLibrary::note_answer(std::string_view capture_id, std::string_view version,
                                 const std::string& kind, std::chrono::nanoseconds time) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(capture_id);
  if (at == entries_.end() || at->second.version != version) return;
  at->second.answer_times.try_emplace(kind, time);
}

std::shared_ptr<const CatalogueSnapshot> CaptureLibrary::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

// REQUIRES: mutex_ is held
proto::Result<CaptureLibrary::Found> CaptureLibrary::find(std::string_view capture_id) const {
  const auto at = snapshot_->by_id.find(capture_id);
  if (at == snapshot_->by_id.end()) {
    return proto::Error{proto::ErrorCode::not_found,
                        "There is no capture '" + std::string(capture_id) +
                            "' in the log directory; it may have been removed."};
  }
  return Found{&snapshot_->catalogue.captures[at->second], &snapshot_->versions[at->second],
               snapshot_};
}

bool CaptureLibrary::still_serves(const Entry& entry, const Found& found) const {
  if (entry.version != *found.version) return false;
  if (!entry.error) return entry.trace != nullptr;
  const bool may_pass = entry.error->code == proto::ErrorCode::unavailable ||
                        entry.error->code == proto::ErrorCode::io;
  return !may_pass || Clock::now() - entry.loaded_at < std::chrono::seconds(1);
}

// REQUIRES: mutex_ is held
CaptureLibrary::Entry& CaptureLibrary::entry_of(const std::string& capture_id) const {
  return entries_.try_emplace(capture_id, memory_budget_bytes_ / 2).first->second;
}

proto::Result<CaptureLibrary::Opened> CaptureLibrary::open(std::string_view capture_id) const {
  std::unique_lock lock(mutex_);
  Found found = TBPROF_TRY(find(capture_id));
  while (entry_of(found.capture->id).is_loading) {
    load_done_.wait(lock);
    found = TBPROF_TRY(find(capture_id));
  }
  Entry& entry = entry_of(found.capture->id);
  if (!still_serves(entry, found)) load(entry, found, lock);
  entry.last_use = ++use_count_;
  if (entry.error) return *entry.error;
  const Opened opened{entry.trace, entry.version};
  evict();
  return opened;
}

// REQUIRES: the lock is held; it is given up meanwhile. The entry stays where it is while
// is_loading.
void CaptureLibrary::load(Entry& entry, const Found& found,
                          std::unique_lock<std::mutex>& lock) const {
  entry.is_loading = true;
  lock.unlock();
  auto loaded = access_.load(*found.capture, entry.live);
  lock.lock();
  entry.loaded_at = Clock::now();
  entry.version = *found.version;
  entry.trace = nullptr;
  entry.error.reset();
  entry.answer_times.clear();
  if (loaded.ok()) {
    entry.cost_of_next = loaded.value().cost_of_next;
    entry.trace = loaded.take().trace;
  } else {
    entry.error = loaded.take_error();
  }
  entry.live_bytes = entry.live.memory_bytes();
  entry.is_loading = false;
  load_done_.notify_all();
}

// REQUIRES: mutex_ is held. The trace that was used last always stays.
void CaptureLibrary::evict() const {
  while (true) {
    std::size_t total = 0;
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->second.trace == nullptr) continue;
      total += at->second.trace->memory_bytes() + at->second.live_bytes;
      const bool is_candidate = !at->second.is_loading && at->second.last_use != use_count_;
      if (is_candidate &&
          (oldest == entries_.end() || at->second.last_use < oldest->second.last_use)) {
        oldest = at;
      }
    }
    if (total <= memory_budget_bytes_ || oldest == entries_.end()) return;
    entries_.erase(oldest);
  }
}

proto::Result<plugins::TracePointer> CaptureLibrary::trace(std::string_view capture_id) const {
  return TBPROF_TRY(open(capture_id)).trace;
}

plugins::TracePointer CaptureLibrary::loaded(std::string_view capture_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(capture_id);
  return at == entries_.end() ? nullptr : at->second.trace;
}

proto::Result<CaptureLibrary::File> CaptureLibrary::file(std::string_view capture_id) const {
  std::unique_lock lock(mutex_);
  const Found found = TBPROF_TRY(find(capture_id));
  lock.unlock();
  File file;
  file.bytes = TBPROF_TRY(access_.file(*found.capture));
  file.version = fingerprint(*found.version + std::to_string(file.bytes.view.size()));
  const std::size_t slash = found.capture->path.rfind('/');
  file.name = found.capture->path.substr(slash == std::string::npos ? 0 : slash + 1);
  return file;
}

std::size_t default_memory_budget_bytes() {
  const auto pages = static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_PHYS_PAGES)));
  const auto page_bytes = static_cast<std::size_t>(std::max(0L, ::sysconf(_SC_PAGESIZE)));
  return std::min<std::size_t>(std::size_t{8} << 30, pages * page_bytes / 2);
}

}  // namespace tbprof::server
