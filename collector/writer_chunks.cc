// How the writer thread puts chunks into the file, and what it does where the disk refuses them.
#include <errno.h>
#include <string.h>

#include <algorithm>

#include "collector/event_source.h"
#include "collector/file_thread.h"
#include "collector/process_facts.h"
#include "collector/writer.h"
#include "proto/record_frame.h"

namespace tbprof::collector {

namespace {

constexpr std::int64_t kFirstRetryNs = 1'000'000'000;
constexpr std::int64_t kLastRetryNs = 30 * kFirstRetryNs;

}  // namespace

int Writer::append_payload(std::span<const std::uint8_t> payload, bool is_last) {
  record_.clear();
  proto::append_record(payload, record_);
  int error = 0;
  with_files([&] { error = is_last ? file_.append_last(record_) : file_.append(record_); });
  tell_descriptor();
  return error;
}

void Writer::write_chunk(std::int64_t now_ns) {
  std::int64_t covered_ns = covered_ns_;
  for (std::size_t i = 0; i < event_source_count(); ++i) {
    const EventSource& source = event_source_at(i);
    covered_ns = std::min(covered_ns, source.covered_until_ns(source.self));
  }
  const std::int64_t from_ns = last_chunk_ns_;
  last_chunk_ns_ = now_ns;
  if (now_ns < retry_at_ns_) {
    builder_.drop_events(std::max(from_ns, start_.clock.ns), now_ns);
    return;
  }
  const proto::TraceChunk& chunk = builder_.seal(covered_ns);
  const std::uint64_t offset = file_.size_bytes();
  const std::span<const std::uint8_t> payload = encoder_.encode(chunk);
  const int error = payload.empty() ? EFBIG : append_payload(payload);
  if (error != 0) {
    if (!payload.empty()) encoder_.take_back();
    builder_.drop_events(std::max(from_ns, start_.clock.ns), now_ns);
    refuse_chunk(now_ns, error);
    return;
  }
  retry_wait_ns_ = 0;
  builder_.overview().add_chunk(chunk, offset, record_.size());
  builder_.next_chunk();
  say_if_removed();
}

bool Writer::write_losses() {
  const proto::TraceChunk& chunk = builder_.seal(covered_ns_);
  const std::uint64_t offset = file_.size_bytes();
  const std::span<const std::uint8_t> payload = encoder_.encode(chunk);
  if (payload.empty()) return false;
  if (append_payload(payload, true) != 0) {
    encoder_.take_back();
    return false;
  }
  builder_.overview().add_chunk(chunk, offset, record_.size());
  builder_.next_chunk();
  return true;
}

void Writer::refuse_chunk(std::int64_t now_ns, int error) {
  retry_wait_ns_ = std::clamp(retry_wait_ns_ * 2, kFirstRetryNs, kLastRetryNs);
  retry_at_ns_ = now_ns + retry_wait_ns_;
  // The half for a program that is killed before its end; the other half stays for the end.
  if (file_.reserve_left_bytes() > TraceFile::kReserveBytes / 2) write_losses();
  say_once("the disk refused to take the trace", error);
}

void Writer::say_once(const char* what, int error) {
  if (told_ || config_.quiet) return;
  told_ = true;
  say_on_stderr("%s (%s): %s; what is lost is counted in it", what, strerrordesc_np(error),
                file_.path().c_str());
}

void Writer::say_if_removed() {
  if (told_ || config_.quiet) return;
  bool was_removed = false;
  with_files([&] { was_removed = file_.was_removed(); });
  if (!was_removed) return;
  told_ = true;
  say_on_stderr("the trace was removed while it was written, and all that is recorded with it: %s",
                file_.path().c_str());
}

}  // namespace tbprof::collector
