// All event buffers of the process, within a budget. Rings are never unmapped: one whose thread is
// gone is drained by the writer thread and lent to the next. Without locks, so that a fork at any
// moment leaves it usable. acquire() and mark_done(): any thread. The rest: the writer thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "collector/ring.h"

namespace tbprof::collector {

inline constexpr std::size_t kMaxRings = 1024;

// REQUIRES: nobody holds a ring of before, as after a fork or before the first start.
void reset_ring_pool();
void set_ring_budget(std::size_t ring_bytes, std::size_t total_bytes);

// A ring for the calling thread, or null if the budget is spent.
Ring* acquire_ring(std::uint64_t generation);
// The thread's last act on its ring.
void mark_ring_done(Ring* ring);

// Rings [0, count) may hold something.
std::size_t ring_count();
Ring& ring_at(std::size_t index);
void recycle_ring(Ring& ring);

// Events refused because there was no ring, since the last call; with the time span in ticks.
void count_unbuffered_event();
Ring::Loss take_unbuffered_loss();

}  // namespace tbprof::collector
