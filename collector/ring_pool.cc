#include "collector/ring_pool.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace tbprof::collector {

namespace {

constinit Ring g_rings[kMaxRings];
constinit std::atomic<std::size_t> g_ring_count{0};
constinit std::atomic<std::size_t> g_used_bytes{0};
constinit std::size_t g_ring_bytes = std::size_t{1} << 20;
constinit std::size_t g_total_bytes = std::size_t{64} << 20;
// True from a failure until a ring is free again: spares threads without a ring the search.
constinit std::atomic<bool> g_exhausted{false};

constinit std::atomic<std::uint64_t> g_unbuffered{0};
constinit std::atomic<std::uint64_t> g_unbuffered_first{0};
constinit std::atomic<std::uint64_t> g_unbuffered_last{0};

constexpr std::size_t kSmallestRingBytes = std::size_t{64} << 10;

// Programs have few busy threads: the first get the room, a crowd shares what is left.
std::size_t size_of_ring(std::size_t index) {
  const std::size_t divisor = index < 16 ? 1 : index < 48 ? 2 : index < 112 ? 4 : 16;
  return std::max(g_ring_bytes / divisor, kSmallestRingBytes);
}

std::uint8_t* map_memory(std::size_t capacity_bytes) {
  const std::size_t bytes = capacity_bytes + kMaxEventBytes;  // an event may run past the end
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  // A fork would otherwise make each page of a busy buffer fault again, in the parent too.
  madvise(memory, bytes, MADV_WIPEONFORK);
  return static_cast<std::uint8_t*>(memory);
}

bool give_memory(Ring& ring, std::size_t index) {
  if (ring.capacity_bytes() != 0) return true;
  const std::size_t bytes = size_of_ring(index);
  if (g_used_bytes.fetch_add(bytes) + bytes > g_total_bytes) {
    g_used_bytes.fetch_sub(bytes);
    return false;
  }
  std::uint8_t* memory = map_memory(bytes);
  if (memory == nullptr) {
    g_used_bytes.fetch_sub(bytes);
    return false;
  }
  ring.set_memory(memory, bytes);
  return true;
}

bool take_if(Ring& ring, RingState wanted) {
  RingState state = wanted;
  return ring.state.load(std::memory_order_relaxed) == wanted &&
         ring.state.compare_exchange_strong(state, RingState::taken, std::memory_order_acq_rel);
}

Ring* find_ring() {
  const std::size_t count = g_ring_count.load(std::memory_order_acquire);
  for (std::size_t index = 0; index < count; ++index) {
    if (take_if(g_rings[index], RingState::free)) return &g_rings[index];
  }
  for (std::size_t index = 0; index < kMaxRings; ++index) {
    Ring& ring = g_rings[index];
    if (!take_if(ring, RingState::empty)) continue;
    if (!give_memory(ring, index)) {
      ring.state.store(RingState::empty, std::memory_order_release);
      return nullptr;
    }
    std::size_t seen = g_ring_count.load(std::memory_order_relaxed);
    while (seen < index + 1 && !g_ring_count.compare_exchange_weak(seen, index + 1)) {
    }
    return &ring;
  }
  return nullptr;
}

}  // namespace

void reset_ring_pool() {
  const std::size_t count = g_ring_count.load();
  for (std::size_t index = 0; index < count; ++index) {
    // A ring caught while it was being given away may lack its memory.
    const bool has_memory = g_rings[index].capacity_bytes() != 0;
    g_rings[index].state.store(has_memory ? RingState::free : RingState::empty);
  }
  for (std::size_t index = count; index < kMaxRings; ++index) {
    if (g_rings[index].state.load(std::memory_order_relaxed) == RingState::empty) continue;
    g_rings[index].state.store(RingState::empty);
  }
  g_exhausted.store(false);
  g_unbuffered.store(0);
}

void set_ring_budget(std::size_t ring_bytes, std::size_t total_bytes) {
  g_ring_bytes = ring_bytes;
  g_total_bytes = std::max(total_bytes, ring_bytes);
}

Ring* acquire_ring(std::uint64_t generation) {
  if (g_exhausted.load(std::memory_order_relaxed)) return nullptr;
  Ring* ring = find_ring();
  if (ring == nullptr) {
    g_exhausted.store(true, std::memory_order_relaxed);
    wake_writer();  // rings of threads that are gone may wait for it
    return nullptr;
  }
  char name[16] = {};
  prctl(PR_GET_NAME, name);
  name[15] = 0;
  ring->attach(generation, static_cast<std::int32_t>(syscall(SYS_gettid)), name);
  ring->state.store(RingState::active, std::memory_order_release);
  return ring;
}

void mark_ring_done(Ring* ring) {
  ring->leave();
  ring->state.store(RingState::done, std::memory_order_release);
}

std::size_t ring_count() { return g_ring_count.load(std::memory_order_acquire); }

Ring& ring_at(std::size_t index) { return g_rings[index]; }

void recycle_ring(Ring& ring) {
  ring.state.store(RingState::free, std::memory_order_release);
  g_exhausted.store(false, std::memory_order_relaxed);
}

void count_unbuffered_event() {
  const std::uint64_t ticks = now_ticks();
  g_unbuffered_last.store(ticks, std::memory_order_relaxed);
  if (g_unbuffered.fetch_add(1, std::memory_order_relaxed) == 0) {
    g_unbuffered_first.store(ticks, std::memory_order_relaxed);
  }
}

Ring::Loss take_unbuffered_loss() {
  Ring::Loss loss;
  loss.last_ticks = g_unbuffered_last.load(std::memory_order_relaxed);
  loss.first_ticks = g_unbuffered_first.load(std::memory_order_relaxed);
  loss.count = g_unbuffered.exchange(0, std::memory_order_relaxed);
  return loss;
}

}  // namespace tbprof::collector
