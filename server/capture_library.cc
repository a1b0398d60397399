#include "server/capture_library.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "server/fingerprint.h"
#include "server/tell.h"

namespace tbprof::server {

namespace {

// Work for versions of a live capture is at most this part of one core's time.
constexpr int kTimePerWork = 20;

// Two large loads at a time, and a thread for small ones.
constexpr std::size_t kLoadThreads = 3;

}  // namespace

CaptureLibrary::CaptureLibrary(LogdirAccess access, std::size_t memory_budget_bytes)
    : access_(std::move(access)),
      memory_budget_bytes_(memory_budget_bytes),
      snapshot_(make_snapshot({})),
      loads_(kLoadThreads, memory_budget_bytes) {}

CaptureLibrary::~CaptureLibrary() { stop(); }

proto::Result<analyzer::Catalogue> CaptureLibrary::scan() const {
  try {
    return access_.scan();
  } catch (const std::exception& problem) {
    return proto::Error{proto::ErrorCode::unavailable,
                        std::string("The log directory could not be looked through: ") +
                            problem.what() + "; it is tried again."};
  }
}

std::vector<std::string> CaptureLibrary::rescan() {
  auto scanned = scan();
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
  std::vector<std::function<void()>> go_on;
  {
    const std::lock_guard lock(mutex_);
    changed = take_snapshot(std::move(next));
    is_scanned_ = true;
    go_on.swap(wait_for_scan_);
  }
  for (const auto& work : go_on) tell(work);
  return changed;
}

void CaptureLibrary::when_scanned(std::function<void()> go_on) const {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
    if (!is_scanned_) return wait_for_scan_.push_back(std::move(go_on));
  }
  go_on();
}

// REQUIRES: mutex_ is held
std::vector<std::string> CaptureLibrary::take_snapshot(std::shared_ptr<CatalogueSnapshot> next) {
  std::vector<std::string> changed;
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
    return item.second.progress == nullptr && !next->by_id.contains(item.first);
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
  if (entry.progress != nullptr) return false;
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

std::uint64_t CaptureLibrary::loaded_version() const {
  const std::lock_guard lock(mutex_);
  return loaded_version_;
}

proto::Result<plugins::TracePointer> CaptureLibrary::trace(std::string_view capture_id) const {
  return TBPROF_TRY(open(capture_id)).trace;
}

plugins::TracePointer CaptureLibrary::loaded(std::string_view capture_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(capture_id);
  return at == entries_.end() ? nullptr : at->second.trace;
}

proto::Result<analyzer::import::TbtraceIndex> CaptureLibrary::index(
    std::string_view capture_id) const {
  std::unique_lock lock(mutex_);
  const Found found = TBPROF_TRY(find(capture_id));
  lock.unlock();
  return access_.index(*found.capture);
}

proto::Result<CaptureLibrary::File> CaptureLibrary::file(std::string_view capture_id) const {
  std::unique_lock lock(mutex_);
  const Found found = TBPROF_TRY(find(capture_id));
  lock.unlock();
  File file;
  file.bytes = std::make_shared<const ByteSource>(TBPROF_TRY(access_.file(*found.capture)));
  file.version = fingerprint(*found.version + std::to_string(file.bytes->size_bytes));
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
