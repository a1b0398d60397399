#include "collector/windowed_events.h"

#include <string.h>

#include "collector/name_table.h"
#include "collector/recorder.h"
#include "collector/step_pattern.h"

namespace tbprof::collector {

namespace {

// The ranges of the process that decide; a step and a range of the schedule's name, as on threads.
constinit std::atomic<std::uint64_t> g_step_range{0};
constinit std::atomic<std::int64_t> g_step_range_number{0};
constinit std::atomic<std::uint64_t> g_named_range{0};

// What a range is called.
struct Label {
  std::string_view text;
  std::uint32_t category = 0;
};

Label label_of(const char* text, std::uint32_t handle, std::uint32_t category) {
  if (text != nullptr) return {{text, strnlen(text, kMaxNameBytes)}, category};
  const NamedText* named = named_text(handle);
  if (named == nullptr) return {};
  return {{named->text(), named->length}, named->category};
}

bool has_schedules_name(const Label& label) {
  const Schedule& schedule = current_schedule();
  return schedule.kind == ScheduleKind::range && label.text == std::string_view(schedule.range);
}

// Steps of one name are of one kind. Never 0.
std::uint64_t kind_of_name(std::string_view name) {
  std::uint64_t hash = 14695981039346656037u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return hash | 1;
}

std::uint64_t kind_of_step(std::uint32_t handle) {
  const NamedText* named = named_text(handle);
  return named == nullptr ? kind_of_name("step") : kind_of_name({named->text(), named->length});
}

Begun put_begin(Ring& ring, std::uint32_t domain, const char* text, std::uint32_t handle,
                std::uint32_t category) {
  const bool is_put =
      text != nullptr ? ring.begin_text(domain, text, category) : ring.begin_named(domain, handle);
  return is_put ? Begun::recorded : Begun::lost;
}

Begun begin_step_range(std::uint32_t domain, const char* text, std::uint32_t handle,
                       std::uint32_t category, const NumberedName& step) {
  Ring* ring = ring_for_step();
  if (ring == nullptr) return Begun::lost;
  const bool decides = on_step_begin(kind_of_name(step.stem), step.number) &&
                       ring->can_watch(domain, WatchedEnd::step);
  Begun begun = Begun::passed;
  if (is_window_open()) {
    begun = put_begin(*ring, domain, text, handle, category);
  } else {
    ring->begin_noted_step(domain, step.number, false);
  }
  if (decides) ring->watch_end(domain, WatchedEnd::step, step.number);
  return begun;
}

}  // namespace

Begun begin_range_windowed(std::uint32_t domain, const char* text, std::uint32_t handle,
                           std::uint32_t category) {
  const Label label = label_of(text, handle, category);
  if (may_be_step_of_rings(label.text)) {
    const auto step =
        steps_of_rings().match(label.text, static_cast<proto::Category>(label.category));
    if (step) return begin_step_range(domain, text, handle, category, *step);
  }
  if (has_schedules_name(label)) {
    Ring* ring = ring_for_step();
    if (ring == nullptr) return Begun::lost;
    const bool decides = ring->can_watch(domain, WatchedEnd::range);
    if (decides) on_range_begin();
    const Begun begun = put_begin(*ring, domain, text, handle, category);
    if (decides) ring->watch_end(domain, WatchedEnd::range, 0);
    return begun;
  }
  if (is_window_open()) {
    Ring* ring = ring_for_event();
    if (ring == nullptr) return Begun::passed;
    return put_begin(*ring, domain, text, handle, category);
  }
  if (Ring* ring = ring_if_recording()) ring->pass_begin(domain);
  return Begun::passed;
}

Begun begin_step_windowed(std::uint32_t handle, std::int64_t number) {
  Ring* ring = ring_for_step();
  if (ring == nullptr) return Begun::lost;
  const bool decides =
      on_step_begin(kind_of_step(handle), number) && ring->can_watch(0, WatchedEnd::step);
  Begun begun = Begun::passed;
  if (is_window_open()) {
    begun = ring->begin_step(handle, number) ? Begun::recorded : Begun::lost;
  } else {
    ring->begin_noted_step(0, number, true);
  }
  if (decides) ring->watch_end(0, WatchedEnd::step, number);
  return begun;
}

bool put_range_start(Ring& ring, std::uint64_t id, const char* text, std::uint32_t handle,
                     std::uint32_t category, const EventFacts& facts) {
  if (facts.is_none()) {
    return ring.put(EventKind::range_start_named, EventKind::range_start_text, handle, text,
                    category, id);
  }
  return ring.put_with_facts(EventKind::range_start_facts_named, EventKind::range_start_facts_text,
                             handle, text, category, id, facts);
}

std::uint64_t start_range_windowed(std::uint64_t id, const char* text, std::uint32_t handle,
                                   std::uint32_t category, const EventFacts& facts) {
  const Label label = label_of(text, handle, category);
  std::uint64_t none = 0;
  bool is_step = false;
  if (may_be_step_of_rings(label.text)) {
    const auto step =
        steps_of_rings().match(label.text, static_cast<proto::Category>(label.category));
    is_step = step.has_value();
    if (is_step && on_step_begin(kind_of_name(step->stem), step->number) &&
        g_step_range.compare_exchange_strong(none, id)) {
      g_step_range_number.store(step->number);
    }
  }
  if (has_schedules_name(label) && g_named_range.compare_exchange_strong(none, id)) {
    on_range_begin();
  }
  const bool is_open = is_window_open();
  Ring* ring = is_open || is_step ? ring_for_step() : nullptr;
  bool is_put = false;
  if (ring != nullptr && is_open) {
    is_put = put_range_start(*ring, id, text, handle, category, facts);
  } else if (ring != nullptr) {
    is_put = ring->put(EventKind::range_start_named, EventKind::range_start_text, handle, text,
                       category, id, kNotedRange);
  }
  // What decides about windows must not wait for an end that is not told.
  if (!is_put) end_range_windowed(id);
  return is_put ? id : 0;
}

void end_range_windowed(std::uint64_t id) {
  std::uint64_t mine = id;
  if (g_step_range.load(std::memory_order_relaxed) == id) {
    const std::int64_t number = g_step_range_number.load();
    if (g_step_range.compare_exchange_strong(mine, 0)) on_step_end(number);
  }
  mine = id;
  if (g_named_range.load(std::memory_order_relaxed) == id &&
      g_named_range.compare_exchange_strong(mine, 0)) {
    on_range_end();
  }
}

}  // namespace tbprof::collector
