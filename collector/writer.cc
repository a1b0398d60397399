#include "collector/writer.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

#include "collector/capture_server.h"
#include "collector/file_thread.h"
#include "collector/futex.h"
#include "collector/last_thread.h"
#include "collector/parent_windows.h"
#include "collector/process_facts.h"
#include "collector/ring_pool.h"
#include "collector/trace_path.h"
#include "collector/window.h"
#include "collector/writer_control.h"

namespace tbprof::collector {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kDrainPeriodNs = 50 * kMillisecond;
constexpr std::int64_t kIdlePeriodNs = 100 * kMillisecond;
// Between windows only times of steps come in.
constexpr std::int64_t kClosedPeriodNs = 500 * kMillisecond;
// With the drain period on top, a killed program misses less than 200 ms.
constexpr std::int64_t kChunkPeriodNs = 140 * kMillisecond;
// A program that dies young leaves something: the periods begin short and grow with its age.
constexpr std::int64_t kFirstDrainNs = 10 * kMillisecond;
constexpr std::int64_t kFirstChunkNs = 15 * kMillisecond;
constexpr std::int64_t kClockPairPeriodNs = 10'000 * kMillisecond;
constexpr std::size_t kMaxChunkEvents = std::size_t{1} << 17;

std::uint64_t random_file_id() {
  std::uint64_t id = 0;
  if (getrandom(&id, sizeof id, GRND_NONBLOCK) != sizeof id || id == 0) {
    id = static_cast<std::uint64_t>(clock_ns(CLOCK_REALTIME)) * 0x9e3779b97f4a7c15u ^
         static_cast<std::uint64_t>(getpid());
  }
  return id;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Writer::Writer(const Config& config, const RecordingStart& start)
    : config_(config),
      start_(start),
      file_id_(random_file_id()),
      step_pattern_(config.step_pattern),
      decoder_(builder_, clock_, step_pattern_),
      encoder_(file_id_) {
  clock_.start(start.clock);
  builder_.overview().start(start.clock.ns);
  covered_ns_ = start.clock.ns;
}

bool Writer::open(std::string& reason) {
  proto::TraceHeader header;
  with_files([&] { header = describe_process(); });
  header.file_id = file_id_;
  header.start_monotonic_ns = start_.clock.ns;
  header.start_realtime_ns = start_.realtime_ns;
  header.run = config_.run;
  header.session = config_.session;
  header.rank = config_.rank;
  header.world_size = config_.world_size;

  const std::string folder = trace_folder(config_.logdir, config_.run, config_.session);
  int error = 0;
  with_files([&] { error = file_.create(folder, header.host, header.pid, start_.realtime_ns); });
  if (error == 0) error = append_payload(bytes_of(proto::encode_header(header)));
  if (error != 0) {
    with_files([&] {
      if (file_.descriptor() >= 0) file_.remove();
    });
    tell_descriptor();
    reason = "no trace file could be created in " + folder + " (" + strerrordesc_np(error) +
             "); this program is not recorded";
    return false;
  }
  folder_ = folder;
  publish_windows(current_schedule().kind == ScheduleKind::throughout);
  builder_.add_property("clock", g_ticks_are_tsc ? "tsc" : "monotonic");
  if (config_.local_rank >= 0) {
    char local_rank[16];
    snprintf(local_rank, sizeof local_rank, "%d", config_.local_rank);
    builder_.add_property("local_rank", local_rank);
  }
  if (config_.schedule_problem != nullptr && !config_.quiet) {
    say_on_stderr("TBPROF_SCHEDULE %s; everything is recorded", config_.schedule_problem);
  }
  return true;
}

void Writer::tell_descriptor() {
  g_writer_control.descriptor.store(has_own_descriptors() ? -1 : file_.descriptor());
}

void Writer::run() {
  bool was_idle = false;
  while (true) {
    const bool stopping = g_writer_control.stop.load(std::memory_order_acquire) != 0;
    const std::uint32_t flush = g_writer_control.flush_wanted.load(std::memory_order_acquire);
    const ClockReading now = clock_.update();
    add_clock_pairs(now);
    add_windows();
    was_idle = drain() == 0;
    if (stopping) break;
    drain_sources();
    covered_ns_ = std::max(covered_ns_, now.ns);
    decoder_.list_open(builder_.open());
    const bool is_flush = flush != g_writer_control.flush_done.load(std::memory_order_relaxed);
    const std::int64_t age_ns = now.ns - start_.clock.ns;
    const std::int64_t period_ns = std::clamp(age_ns / 2, kFirstChunkNs, kChunkPeriodNs);
    const bool is_due = now.ns - last_chunk_ns_ >= period_ns || is_flush;
    if (is_due && (builder_.has_news() || !builder_.open().empty())) write_chunk(now.ns);
    if (is_flush) {
      g_writer_control.flush_done.store(flush, std::memory_order_release);
      futex_wake(g_writer_control.flush_done);
    }
    if (was_idle && is_alone()) break;
    wait(time_to_wait_ns(now, was_idle));
  }
  finish();
}

bool Writer::is_alone() {
  bool is_gone = false;
  with_files([&] { is_gone = is_program_gone(); });
  return is_gone;
}

std::int64_t Writer::time_to_wait_ns(const ClockReading& now, bool was_idle) {
  const bool is_closed = window_state() == WindowState::closed && !builder_.has_news();
  const std::int64_t longest_ns = is_closed  ? kClosedPeriodNs
                                  : was_idle ? kIdlePeriodNs
                                             : kDrainPeriodNs;
  const std::int64_t period_ns =
      std::clamp((now.ns - start_.clock.ns) / 2, kFirstDrainNs, longest_ns);
  const std::int64_t timer_ns = run_window_timer(start_.clock.ns, monotonic_ns());
  return std::min(period_ns, std::max(timer_ns - monotonic_ns(), kMillisecond / 10));
}

void Writer::publish_windows(bool is_recorded_throughout) {
  int error = 0;
  with_files([&] { error = window_files_.create_page(is_recorded_throughout); });
  if (error != 0) builder_.add_property("window.not_published", strerrordesc_np(error));
}

void Writer::listen_for_captures() {
  window_files_.set_windowed();
  int error = 0;
  with_files([&] { error = start_capture_server(window_files_, folder_); });
  if (error == 0) return;
  builder_.add_property("window.no_socket", strerrordesc_np(error));
  if (current_schedule().kind == ScheduleKind::on_demand && !config_.quiet) {
    say_on_stderr(
        "no socket could be made in /tmp (%s); `tbprof capture` does not reach this program",
        strerrordesc_np(error));
  }
}

void Writer::add_windows() {
  if (!told_schedule_ && current_schedule().kind != ScheduleKind::throughout) {
    told_schedule_ = true;
    listen_for_captures();
    with_files([&] { follow_parents_windows(window_files_); });
    char text[1024];
    format_schedule(current_schedule(), text, sizeof text);
    builder_.add_property("window.schedule", text);
  }
  WindowChange change;
  while (next_window_change(change)) {
    proto::RecordingWindow window;
    window.number = change.number;
    window.start_ns =
        change.start_ticks == kSinceStartTicks ? start_.clock.ns : clock_.to_ns(change.start_ticks);
    window.is_open = change.end_ticks == 0;
    if (!window.is_open) window.end_ns = clock_.to_ns(change.end_ticks);
    window.cause = change.cause;
    window.label = change.label;
    builder_.add_window(window);
  }
}

void Writer::wait(std::int64_t period_ns) {
  WriterControl& control = g_writer_control;
  const std::uint32_t seen = control.wake.load(std::memory_order_acquire);
  control.sleeping.store(1, std::memory_order_seq_cst);
  if (control.stop.load(std::memory_order_seq_cst) == 0 &&
      control.flush_wanted.load() == control.flush_done.load()) {
    futex_wait(control.wake, seen, period_ns);
  }
  control.sleeping.store(0, std::memory_order_relaxed);
}

std::size_t Writer::drain() {
  const std::size_t before = builder_.event_count();
  std::size_t written = 0;
  const std::size_t count = ring_count();
  for (std::size_t slot = 0; slot < count; ++slot) {
    Ring& ring = ring_at(slot);
    // Read before draining: what a thread did before it left is in the ring then.
    const RingState state = ring.state.load(std::memory_order_acquire);
    if (state != RingState::active && state != RingState::done) continue;
    if (ring.generation() == start_.generation) {
      decoder_.drain(ring, slot);
      if (state == RingState::done) decoder_.finish_thread(ring, slot);
    }
    if (state == RingState::done) recycle_ring(ring);
    if (builder_.event_count() >= kMaxChunkEvents) {
      written += builder_.event_count();
      decoder_.list_open(builder_.open());
      write_chunk(monotonic_ns());
    }
  }
  decoder_.add_loss(proto::LossKind::memory_limit, take_unbuffered_loss(), proto::kNoId);
  return written + builder_.event_count() - before;
}

void Writer::drain_sources() {
  for (std::size_t i = 0; i < event_source_count(); ++i) {
    const EventSource& source = event_source_at(i);
    if (first_source_drain_) tell_trouble(source);
    bool first = first_source_drain_;
    while (source.drain(source.self, builder_, first)) {
      first = false;
      if (builder_.event_count() < kMaxChunkEvents) continue;
      decoder_.list_open(builder_.open());
      write_chunk(monotonic_ns());
    }
  }
  first_source_drain_ = event_source_count() == 0;
}

void Writer::tell_trouble(const EventSource& source) {
  const char* trouble = source.trouble(source.self);
  if (trouble != nullptr && !config_.quiet) {
    say_on_stderr("%s activity is not recorded: %s", source.name, trouble);
  }
}

void Writer::add_clock_pairs(const ClockReading& now) {
  if (last_clock_pair_ns_ != 0 && now.ns - last_clock_pair_ns_ < kClockPairPeriodNs) return;
  last_clock_pair_ns_ = now.ns;
  const std::int64_t before_ns = monotonic_ns();
  const std::int64_t realtime_ns = clock_ns(CLOCK_REALTIME);
  const std::int64_t middle_ns = before_ns + (monotonic_ns() - before_ns) / 2;
  builder_.add_clock({proto::ClockKind::realtime, middle_ns, realtime_ns});
  if (g_ticks_are_tsc) {
    builder_.add_clock({proto::ClockKind::tsc_ticks, now.ns, static_cast<std::int64_t>(now.ticks)});
  }
}

// The last chunk, the index and the trailer that finds it. A file that cannot take them is left as
// a cut one, which is read as well.
void Writer::finish() {
  for (std::size_t i = 0; i < event_source_count(); ++i) {
    const EventSource& source = event_source_at(i);
    source.stop(source.self);
  }
  drain_sources();
  add_windows();
  const std::int64_t now_ns = monotonic_ns();
  for (std::size_t slot = 0; slot < ring_count(); ++slot) {
    Ring& ring = ring_at(slot);
    if (ring.state.load(std::memory_order_acquire) != RingState::active) continue;
    if (ring.generation() != start_.generation) continue;
    decoder_.add_loss(proto::LossKind::buffer_full, ring.residual_loss(), proto::kNoId);
  }
  covered_ns_ = std::max(covered_ns_, now_ns);
  decoder_.list_open(builder_.open());
  retry_at_ns_ = 0;
  write_chunk(now_ns);
  // What the disk refused was dropped and counted: the count still finds room.
  const bool is_told = retry_wait_ns_ == 0 || write_losses();
  if (!is_told && !config_.quiet) {
    say_on_stderr("%llu events were lost, and the disk has no room to say so in %s",
                  static_cast<unsigned long long>(builder_.lost_count()), file_.path().c_str());
  }
  if (is_told && builder_.overview().complete()) {
    const proto::TraceIndex index = builder_.overview().make_index(now_ns, builder_.lost_count());
    const std::uint64_t offset = file_.size_bytes();
    if (append_payload(bytes_of(proto::encode_index(file_id_, index)), true) == 0) {
      const std::uint64_t size_bytes = file_.size_bytes() - offset;
      append_payload(bytes_of(proto::encode_trailer(file_id_, offset, size_bytes)), true);
    }
  }
  with_files([&] {
    stop_capture_server();
    stop_following();
    window_files_.remove();
    file_.close();
  });
  tell_descriptor();
}

}  // namespace tbprof::collector
