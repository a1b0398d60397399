#include "server/capture_library.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <future>
#include <iterator>
#include <new>
#include <utility>

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

// A second one, so that a long load holds up no short one.
constexpr std::size_t kLoadThreads = 2;

proto::Error stopping() {
  return {proto::ErrorCode::unavailable, "The server is being stopped; ask again when it is back."};
}

// The file's content and the trace side by side. Deflate makes a tenth of the text of a trace.
std::uint64_t expected_bytes(const analyzer::Capture& capture) {
  constexpr std::uint64_t kTracePerText = 2;
  constexpr std::uint64_t kTextPerGzip = 10;
  const bool is_packed = capture.path.ends_with(".gz");
  return capture.stamp.size_bytes * kTracePerText * (is_packed ? kTextPerGzip : 1);
}

// Whoever cannot take what it is told, for want of memory, must not keep the others from it.
template <typename Told, typename... What>
void tell(const Told& told, const What&... what) {
  try {
    told(what...);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "tbprof: a question was dropped: %s\n", problem.what());
  }
}

proto::Result<LoadedTrace> load_guarded(const LogdirAccess& access,
                                        const analyzer::Capture& capture,
                                        analyzer::LiveFile& live) {
  try {
    return access.load(capture, live);
  } catch (const std::bad_alloc&) {
    live.forget();
    return proto::Error{proto::ErrorCode::unavailable,
                        "There is not enough memory to load " + capture.path +
                            "; close other programs or use a machine with more."};
  } catch (const std::exception& problem) {
    live.forget();
    return proto::Error{proto::ErrorCode::unavailable,
                        capture.path + " could not be loaded: " + problem.what() + "."};
  }
}

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

// REQUIRES: mutex_ is held
proto::Result<CaptureLibrary::Opened> CaptureLibrary::use(Entry& entry) const {
  entry.last_use = ++use_count_;
  if (entry.error) return *entry.error;
  const Opened opened{entry.trace, entry.version};
  evict();
  return opened;
}

proto::Result<CaptureLibrary::Opened> CaptureLibrary::open(std::string_view capture_id) const {
  std::promise<proto::Result<Opened>> opened;
  open_later(
      capture_id, [&](proto::Result<Opened> result) { opened.set_value(std::move(result)); },
      [] { return true; });
  return opened.get_future().get();
}

void CaptureLibrary::open_later(std::string_view capture_id, OnOpened done,
                                IsWanted is_wanted) const {
  const auto at_once = [&]() -> std::optional<proto::Result<Opened>> {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return proto::Result<Opened>(stopping());
    auto found = find(capture_id);
    if (!found.ok()) return proto::Result<Opened>(found.take_error());
    Entry& entry = entry_of(found.value().capture->id);
    if (!entry.is_loading && still_serves(entry, found.value())) return use(entry);
    entry.askers.push_back({std::move(done), std::move(is_wanted), *found.value().version});
    if (!std::exchange(entry.is_loading, true)) post_load(*found.value().capture);
    return std::nullopt;
  }();
  if (at_once) done(*at_once);
}

void CaptureLibrary::post_load(const analyzer::Capture& capture) const {
  loads_.post(expected_bytes(capture), [this, id = capture.id] { load(id); });
}

// REQUIRES: mutex_ is held. Whether somebody is left.
bool CaptureLibrary::drop_unwanted(Entry& entry, std::vector<Asker>& dropped) const {
  std::vector<Asker> wanted;
  for (Asker& asker : entry.askers) {
    (asker.is_wanted() ? wanted : dropped).push_back(std::move(asker));
  }
  entry.askers = std::move(wanted);
  return !entry.askers.empty();
}

// The entry stays where it is while is_loading. Whoever asks during the load for a version that
// came meanwhile gets a load of its own. Nobody is called, and nothing of askers is destroyed,
// while the lock is held.
void CaptureLibrary::load(const std::string& capture_id) const {
  std::vector<Asker> served;
  std::vector<Asker> dropped;
  std::unique_lock lock(mutex_);
  Entry& entry = entry_of(capture_id);
  const auto found = find(capture_id);
  const bool is_wanted = drop_unwanted(entry, dropped) && !is_stopping_;
  served.swap(entry.askers);
  proto::Result<Opened> result = stopping();
  if (!is_wanted || !found.ok()) {
    entry.is_loading = false;
    if (!found.ok()) result = found.error();
  } else {
    lock.unlock();
    auto loaded = load_guarded(access_, *found.value().capture, entry.live);
    lock.lock();
    finish_load(entry, found.value(), std::move(loaded));
    result = use(entry);
    const auto wants_another = std::stable_partition(
        entry.askers.begin(), entry.askers.end(),
        [&](const Asker& asker) { return asker.version == entry.version || is_stopping_; });
    std::move(entry.askers.begin(), wants_another, std::back_inserter(served));
    entry.askers.erase(entry.askers.begin(), wants_another);
    if (entry.askers.empty()) {
      entry.is_loading = false;
    } else {
      post_load(*found.value().capture);
    }
  }
  lock.unlock();
  for (Asker& asker : served) tell(asker.done, result);
}

// REQUIRES: mutex_ is held
void CaptureLibrary::finish_load(Entry& entry, const Found& found,
                                 proto::Result<LoadedTrace> loaded) const {
  ++loaded_version_;
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
}

void CaptureLibrary::stop() {
  std::vector<Asker> left;
  std::vector<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    dropped.swap(wait_for_scan_);
    for (auto& [id, entry] : entries_) {
      std::move(entry.askers.begin(), entry.askers.end(), std::back_inserter(left));
      entry.askers.clear();
    }
  }
  for (Asker& asker : left) tell(asker.done, stopping());
  loads_.stop();
}

std::uint64_t CaptureLibrary::loaded_version() const {
  const std::lock_guard lock(mutex_);
  return loaded_version_;
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
    ++loaded_version_;
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
