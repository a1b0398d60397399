#include "collector/event_source.h"

#include <atomic>

#include "collector/window.h"

namespace tbprof::collector {

namespace {

constinit EventSource g_sources[kMaxEventSources];
constinit std::atomic<std::size_t> g_claimed{0};
constinit std::atomic<std::size_t> g_ready{0};

}  // namespace

bool add_event_source(const EventSource& source) {
  const std::size_t place = g_claimed.fetch_add(1);
  if (place >= kMaxEventSources) return false;
  g_sources[place] = source;
  // In order of their places: a reader takes all below the count.
  std::size_t expected = place;
  while (!g_ready.compare_exchange_weak(expected, place + 1)) expected = place;
  tell_source(place);
  return true;
}

void forget_event_sources() {
  g_ready.store(0);
  g_claimed.store(0);
}

std::size_t event_source_count() { return g_ready.load(std::memory_order_acquire); }

const EventSource& event_source_at(std::size_t index) { return g_sources[index]; }

}  // namespace tbprof::collector
