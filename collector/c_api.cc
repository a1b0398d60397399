// The functions of tbprof.h: checks of arguments, then the thread's ring.
#include <bit>

#include "collector/name_table.h"
#include "collector/process_facts.h"
#include "collector/recorder.h"
#include "collector/tbprof.h"
#include "collector/window.h"
#include "collector/windowed_events.h"

namespace collector = tbprof::collector;
using collector::EventKind;
using collector::Ring;

namespace {

bool is_category(tbprof_category category) {
  return category == TBPROF_OTHER || (category >= TBPROF_INPUT && category <= TBPROF_CHECKPOINT);
}

int status_of(bool recorded) { return recorded ? TBPROF_OK : TBPROF_LOST; }

int status_of(collector::Begun begun) {
  switch (begun) {
    case collector::Begun::recorded:
      return TBPROF_OK;
    case collector::Begun::lost:
      return TBPROF_LOST;
    case collector::Begun::passed:
      break;
  }
  return TBPROF_NOT_RECORDING;
}

int pass_over(Ring* ring) {
  if (ring != nullptr) ring->pass_begin(0);
  return TBPROF_NOT_RECORDING;
}

// For what has no duration.
Ring* ring_for_point() {
  Ring* ring = collector::ring_for_event();
  return collector::is_window_open() ? ring : nullptr;
}

}  // namespace

extern "C" {

TBPROF_API const char* tbprof_version(void) { return collector::kWriterVersion; }

TBPROF_API int tbprof_is_recording(void) {
  return collector::is_recording() && collector::is_window_open() ? 1 : 0;
}

TBPROF_API int tbprof_start(const char* logdir, const char* run) {
  return collector::start_recording(logdir, run);
}

TBPROF_API int tbprof_stop(void) { return collector::stop_recording(); }

TBPROF_API int tbprof_flush(int timeout_ms) { return collector::flush_recording(timeout_ms); }

TBPROF_API tbprof_name_t tbprof_name(const char* text, tbprof_category category) {
  if (text == nullptr || !is_category(category)) return 0;
  return collector::name_handle(text, static_cast<std::uint8_t>(category));
}

TBPROF_API int tbprof_range_begin(const char* name, tbprof_category category) {
  if (name == nullptr || !is_category(category)) return TBPROF_BAD_ARGUMENT;
  Ring* ring = collector::ring_for_event();
  if (collector::is_windowed()) [[unlikely]] {
    if (collector::is_passed_over(*name)) return pass_over(ring);
    return status_of(
        collector::begin_range_windowed(0, name, 0, static_cast<std::uint32_t>(category)));
  }
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(ring->begin_text(0, name, static_cast<std::uint32_t>(category)));
}

TBPROF_API int tbprof_range_begin_named(tbprof_name_t name) {
  Ring* ring = collector::ring_for_event();
  if (collector::is_windowed()) [[unlikely]] {
    const collector::NamedText* named = collector::named_text(name);
    if (collector::is_passed_over(named == nullptr ? 0 : *named->text())) return pass_over(ring);
    return status_of(collector::begin_range_windowed(0, nullptr, name, 0));
  }
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(ring->begin_named(0, name));
}

TBPROF_API int tbprof_range_end(void) {
  Ring* ring = collector::ring_if_recording();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return ring->end(0) ? TBPROF_OK : TBPROF_BAD_ARGUMENT;
}

TBPROF_API int tbprof_step_begin(int64_t number) { return tbprof_step_begin_named(0, number); }

TBPROF_API int tbprof_step_begin_named(tbprof_name_t name, int64_t number) {
  Ring* ring = collector::ring_for_step();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  if (collector::is_windowed()) [[unlikely]] {
    return status_of(collector::begin_step_windowed(name, number));
  }
  return status_of(ring->begin_step(name, number));
}

TBPROF_API int tbprof_step_end(void) {
  Ring* ring = collector::ring_if_recording();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return ring->end_step() ? TBPROF_OK : TBPROF_BAD_ARGUMENT;
}

TBPROF_API int tbprof_counter(const char* name, double value) {
  if (name == nullptr) return TBPROF_BAD_ARGUMENT;
  Ring* ring = ring_for_point();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(ring->put(EventKind::counter_named, EventKind::counter_text, 0, name, 0,
                             std::bit_cast<std::uint64_t>(value)));
}

TBPROF_API int tbprof_counter_named(tbprof_name_t name, double value) {
  Ring* ring = ring_for_point();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(ring->put(EventKind::counter_named, EventKind::counter_text, name, nullptr, 0,
                             std::bit_cast<std::uint64_t>(value)));
}

TBPROF_API int tbprof_instant(const char* name, tbprof_category category) {
  if (name == nullptr || !is_category(category)) return TBPROF_BAD_ARGUMENT;
  Ring* ring = ring_for_point();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(ring->put(EventKind::instant_named, EventKind::instant_text, 0, name,
                             static_cast<std::uint32_t>(category), 0));
}

TBPROF_API int tbprof_instant_named(tbprof_name_t name) {
  Ring* ring = ring_for_point();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(
      ring->put(EventKind::instant_named, EventKind::instant_text, name, nullptr, 0, 0));
}

TBPROF_API int tbprof_name_thread(const char* name) {
  if (name == nullptr) return TBPROF_BAD_ARGUMENT;
  Ring* ring = collector::ring_for_step();
  if (ring == nullptr) return TBPROF_NOT_RECORDING;
  return status_of(ring->put(EventKind::thread_name, EventKind::thread_name, 0, name, 0,
                             static_cast<std::uint64_t>(ring->tid())));
}

TBPROF_API int tbprof_set_schedule(const tbprof_schedule* wanted) {
  const auto is_count = [](std::int64_t value, std::int64_t least) {
    return value >= least && value <= collector::Schedule::kMostSteps;
  };
  if (wanted == nullptr || !is_count(wanted->wait, 0) || !is_count(wanted->warmup, 0) ||
      !is_count(wanted->active, 1) || !is_count(wanted->repeat, 0) ||
      !is_count(wanted->skip_first, 0)) {
    return TBPROF_BAD_ARGUMENT;
  }
  collector::Schedule schedule;
  schedule.kind = collector::ScheduleKind::cycle;
  schedule.wait = wanted->wait;
  schedule.warmup = wanted->warmup;
  schedule.active = wanted->active;
  schedule.repeat = wanted->repeat;
  schedule.skip_first = wanted->skip_first;
  return collector::schedule_recording(schedule);
}

TBPROF_API int tbprof_window_begin(const char* label) {
  collector::arm_recording();
  if (!collector::is_recording()) return TBPROF_NOT_RECORDING;
  if (!collector::is_windowed()) return TBPROF_OK;
  return collector::open_window(tbprof::proto::WindowCause::program, label == nullptr ? "" : label)
             ? TBPROF_OK
             : TBPROF_BAD_ARGUMENT;
}

TBPROF_API int tbprof_window_end(void) {
  if (!collector::is_recording()) return TBPROF_NOT_RECORDING;
  if (!collector::is_windowed()) return TBPROF_OK;
  return collector::close_window(tbprof::proto::WindowCause::program) ? TBPROF_OK
                                                                      : TBPROF_BAD_ARGUMENT;
}

}  // extern "C"
