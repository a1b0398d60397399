#include "analyzer/import/torch_tracks.h"

#include "analyzer/import/trace_event.h"

namespace tbprof::analyzer::import {
namespace {

// Where newer releases put the synchronization rows of a stream.
constexpr std::int64_t kSynchronizationOffset = 1'000'000;

}  // namespace

std::string_view TorchTracks::thread_key(std::string_view pid, std::string_view tid) {
  key_.assign(pid);
  key_ += '\x1f';
  key_ += tid;
  return key_;
}

trace::TrackId TorchTracks::thread(std::string_view pid, std::string_view tid) {
  const std::string_view key = thread_key(pid, tid);
  if (key == last_key_ && last_track_ != trace::kNone) return last_track_;
  const auto [found, is_new] = threads_.try_emplace(key_, trace::kNone);
  if (is_new) {
    trace::Track track;
    const auto process = whole_number(pid);
    track.kind = process ? trace::TrackKind::thread : trace::TrackKind::process;
    track.pid = process.value_or(0);
    track.tid = whole_number(tid).value_or(0);
    found->second = builder_.add_track(std::move(track));
    thread_ids_[found->second] = {std::string(pid), std::string(tid)};
  }
  last_key_ = key_;
  last_track_ = found->second;
  return last_track_;
}

trace::TrackId TorchTracks::stream(std::int64_t device, std::int64_t stream, Place place) {
  if (place == Place::device_synchronization) {
    place = Place::device;
    if (stream >= 0 && stream < kSynchronizationOffset) stream += kSynchronizationOffset;
  }
  const auto [found, is_new] = streams_.try_emplace({device, stream, place}, trace::kNone);
  if (is_new) {
    trace::Track track;
    track.kind = trace::TrackKind::stream;
    // Ordinals beyond 32 bits are none; the group still tells such devices apart.
    const auto ordinal = static_cast<std::int32_t>(device);
    track.device = ordinal == device ? ordinal : -1;
    track.stream = stream;
    if (stream < 0) {
      track.name = "no stream";
    } else if (stream >= kSynchronizationOffset) {
      track.name = "stream " + std::to_string(stream - kSynchronizationOffset) + " (sync)";
    } else {
      track.name = "stream " + std::to_string(stream);
    }
    if (place == Place::device_annotation) track.name += ", annotations";
    track.group = "GPU " + std::to_string(device);
    found->second = builder_.add_track(std::move(track));
  }
  return found->second;
}

trace::TrackId TorchTracks::counter(std::string_view name, std::string_view group) {
  const std::string key = std::string(group) + '\x1f' + std::string(name);
  const auto [found, is_new] = counters_.try_emplace(key, trace::kNone);
  if (is_new) {
    trace::Track track;
    track.kind = trace::TrackKind::counter;
    track.name = name;
    track.group = group;
    found->second = builder_.add_track(std::move(track));
  }
  return found->second;
}

void TorchTracks::name_process(std::string_view pid, std::string_view name) {
  process_names_[std::string(pid)] = name;
}

void TorchTracks::name_thread(std::string_view pid, std::string_view tid, std::string_view name) {
  thread_names_[std::string(thread_key(pid, tid))] = name;
}

void TorchTracks::finish() {
  for (const auto& [id, ids] : thread_ids_) {
    const auto& [pid, tid] = ids;
    trace::Track& track = builder_.track(id);
    const auto thread_name = thread_names_.find(std::string(thread_key(pid, tid)));
    const auto process_name = process_names_.find(pid);
    if (track.kind == trace::TrackKind::process) {
      track.name = tid.empty() ? pid : tid;
      track.group = pid;
      continue;
    }
    track.name = thread_name != thread_names_.end() ? thread_name->second : "thread " + tid;
    track.group =
        (process_name != process_names_.end() ? process_name->second : "process") + " " + pid;
  }
}

}  // namespace tbprof::analyzer::import
