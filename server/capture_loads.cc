// How a CaptureLibrary loads what is asked for, and drops what was used least.
#include <algorithm>
#include <exception>
#include <future>
#include <iterator>
#include <new>
#include <utility>

#include "server/capture_library.h"
#include "server/tell.h"

namespace tbprof::server {

namespace {

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

proto::Result<LoadedTrace> load_guarded(const LogdirAccess& access,
                                        const analyzer::Capture& capture, analyzer::LiveFile& live,
                                        analyzer::import::LoadProgress& progress) {
  try {
    return access.load(capture, live, progress);
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
    if (entry.progress == nullptr && still_serves(entry, found.value())) return use(entry);
    entry.askers.push_back({std::move(done), std::move(is_wanted), *found.value().version});
    if (entry.progress == nullptr) post_load(entry, *found.value().capture);
    return std::nullopt;
  }();
  if (at_once) done(*at_once);
}

// REQUIRES: mutex_ is held. The entry stays where it is until it has no progress any more.
void CaptureLibrary::post_load(Entry& entry, const analyzer::Capture& capture) const {
  entry.progress =
      std::make_shared<analyzer::import::LoadProgress>([this, &entry] { return is_wanted(entry); });
  loads_.post(expected_bytes(capture), [this, id = capture.id] { load(id); });
}

bool CaptureLibrary::is_wanted(const Entry& entry) const {
  const std::lock_guard lock(mutex_);
  return !is_stopping_ && std::any_of(entry.askers.begin(), entry.askers.end(),
                                      [](const Asker& asker) { return asker.is_wanted(); });
}

proto::Result<std::optional<CaptureLibrary::Progress>> CaptureLibrary::progress(
    std::string_view capture_id) const {
  const std::lock_guard lock(mutex_);
  const Found found = TBPROF_TRY(find(capture_id));
  const auto at = entries_.find(capture_id);
  if (at == entries_.end() || at->second.progress == nullptr) {
    return std::optional<Progress>();
  }
  const analyzer::import::LoadProgress& progress = *at->second.progress;
  return std::optional(
      Progress{progress.phase(), progress.read_bytes(), found.capture->stamp.size_bytes});
}

// REQUIRES: mutex_ is held. Moves those away that want nothing any more; whether somebody is left.
bool CaptureLibrary::drop_unwanted(Entry& entry, std::vector<Asker>& dropped) const {
  const auto unwanted = std::stable_partition(entry.askers.begin(), entry.askers.end(),
                                              [](const Asker& asker) { return asker.is_wanted(); });
  std::move(unwanted, entry.askers.end(), std::back_inserter(dropped));
  entry.askers.erase(unwanted, entry.askers.end());
  return !entry.askers.empty();
}

// REQUIRES: mutex_ is held. Moves those away that the entry's version serves; whether somebody is
// left, who asked meanwhile for a version that came meanwhile.
bool CaptureLibrary::take_served(Entry& entry, std::vector<Asker>& served) const {
  const auto wants_another = std::stable_partition(
      entry.askers.begin(), entry.askers.end(),
      [&](const Asker& asker) { return asker.version == entry.version || is_stopping_; });
  std::move(entry.askers.begin(), wants_another, std::back_inserter(served));
  entry.askers.erase(entry.askers.begin(), wants_another);
  return !entry.askers.empty();
}

// Nobody is called, and nothing of askers is destroyed, while the lock is held.
void CaptureLibrary::load(const std::string& capture_id) const {
  std::vector<Asker> served;
  std::vector<Asker> dropped;
  std::unique_lock lock(mutex_);
  Entry& entry = entry_of(capture_id);
  const auto found = find(capture_id);
  proto::Result<Opened> result = stopping();
  bool is_another_due = false;
  if (!found.ok() || !drop_unwanted(entry, dropped) || is_stopping_) {
    if (!found.ok()) result = found.error();
    served.swap(entry.askers);
  } else {
    const auto progress = entry.progress;
    for (Asker& asker : entry.askers) asker.version = *found.value().version;
    lock.unlock();
    auto loaded = load_guarded(access_, *found.value().capture, entry.live, *progress);
    lock.lock();
    if (progress->was_left()) {
      is_another_due = drop_unwanted(entry, dropped);
    } else {
      finish_load(entry, found.value(), std::move(loaded));
      result = use(entry);
      is_another_due = take_served(entry, served);
    }
  }
  entry.progress = nullptr;
  if (is_another_due) post_load(entry, *found.value().capture);
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

// REQUIRES: mutex_ is held. The trace that was used last always stays.
void CaptureLibrary::evict() const {
  while (true) {
    std::size_t total = 0;
    auto oldest = entries_.end();
    for (auto at = entries_.begin(); at != entries_.end(); ++at) {
      if (at->second.trace == nullptr) continue;
      total += at->second.trace->memory_bytes() + at->second.live_bytes;
      const bool is_candidate = at->second.progress == nullptr && at->second.last_use != use_count_;
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

}  // namespace tbprof::server
