#include "cuda/buffer_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace tbprof::cuda {

namespace {

// So many ready buffers bridge the time until the writer thread comes by again, also where a number
// of threads begin at once.
constexpr std::uint32_t kFewReady = 8;

std::uint32_t place_of(std::uint64_t head) { return static_cast<std::uint32_t>(head); }
std::uint64_t changed(std::uint64_t head, std::uint32_t place) {
  return ((head >> 32) + 1) << 32 | place;
}

}  // namespace

bool BufferPool::start(std::uint32_t first, std::uint32_t most) {
  most_ = std::clamp<std::uint32_t>(most, 1, kMostBuffers);
  for (std::uint32_t i = 0; i < first; ++i) {
    const std::uint32_t place = map_one(most_);
    if (place == 0) break;
    push_ready(place);
  }
  return ready_count_.load(std::memory_order_relaxed) > 0;
}

std::uint32_t BufferPool::map_one(std::uint32_t most) {
  std::uint32_t index = mapped_.load(std::memory_order_relaxed);
  do {
    if (index >= most) return 0;
  } while (!mapped_.compare_exchange_weak(index, index + 1, std::memory_order_relaxed));
  void* memory = mmap(nullptr, kBufferBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) return 0;  // its place stays empty; memory rarely comes back
  // CUPTI may write into it in a forked child too, which must not cost the parent a copy of a page.
  madvise(memory, kBufferBytes, MADV_WIPEONFORK);
  slots_[index].data.store(static_cast<std::uint8_t*>(memory), std::memory_order_release);
  return index + 1;
}

void BufferPool::push_ready(std::uint32_t place) {
  Slot& slot = slots_[place - 1];
  slot.owner.store(kReady, std::memory_order_relaxed);
  std::uint64_t head = ready_.load(std::memory_order_relaxed);
  do {
    slot.next.store(place_of(head), std::memory_order_relaxed);
  } while (!ready_.compare_exchange_weak(head, changed(head, place), std::memory_order_release,
                                         std::memory_order_relaxed));
  ready_count_.fetch_add(1, std::memory_order_relaxed);
}

std::uint8_t* BufferPool::take() {
  std::uint64_t head = ready_.load(std::memory_order_acquire);
  while (place_of(head) != 0) {
    Slot& slot = slots_[place_of(head) - 1];
    const std::uint32_t next = slot.next.load(std::memory_order_relaxed);
    if (!ready_.compare_exchange_weak(head, changed(head, next), std::memory_order_acquire)) {
      continue;
    }
    ready_count_.fetch_sub(1, std::memory_order_relaxed);
    slot.owner.store(kCupti, std::memory_order_relaxed);
    return slot.data.load(std::memory_order_relaxed);
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  return nullptr;
}

std::uint8_t* BufferPool::take_or_map() {
  if (std::uint8_t* data = take()) return data;
  const std::uint32_t place = map_one(kMostBuffers);
  if (place == 0) return nullptr;
  refused_.fetch_sub(1, std::memory_order_relaxed);
  slots_[place - 1].owner.store(kCupti, std::memory_order_relaxed);
  return slots_[place - 1].data.load(std::memory_order_relaxed);
}

void BufferPool::complete(const std::uint8_t* data, std::size_t valid_bytes) {
  const std::uint32_t count = mapped_.load(std::memory_order_acquire);
  for (std::uint32_t index = 0; index < count; ++index) {
    Slot& slot = slots_[index];
    if (data == nullptr || slot.data.load(std::memory_order_acquire) != data) continue;
    std::uint32_t owner = kCupti;
    // Given back twice, it would stand twice in the list.
    if (!slot.owner.compare_exchange_strong(owner, kCompleted, std::memory_order_relaxed)) break;
    slot.valid_bytes = std::min(valid_bytes, kBufferBytes);
    std::uint32_t head = completed_.load(std::memory_order_relaxed);
    do {
      slot.next.store(head, std::memory_order_relaxed);
    } while (!completed_.compare_exchange_weak(head, index + 1, std::memory_order_release,
                                               std::memory_order_relaxed));
    return;
  }
  foreign_.fetch_add(1, std::memory_order_relaxed);
}

// The whole list, turned round: the last that came is its first.
std::uint32_t BufferPool::take_completed() {
  std::uint32_t place = completed_.exchange(0, std::memory_order_acquire);
  std::uint32_t turned = 0;
  while (place != 0) {
    std::atomic<std::uint32_t>& next = slots_[place - 1].next;
    const std::uint32_t after = next.load(std::memory_order_relaxed);
    next.store(turned, std::memory_order_relaxed);
    turned = place;
    place = after;
  }
  return turned;
}

// Zeroed here, so that CUPTI need not do it on a thread of the user's.
void BufferPool::recycle(std::uint32_t place) {
  Slot& slot = slots_[place - 1];
  memset(slot.data.load(std::memory_order_relaxed), 0, slot.valid_bytes);
  slot.valid_bytes = 0;
  push_ready(place);
}

void BufferPool::refill() {
  while (ready_count_.load(std::memory_order_relaxed) < kFewReady) {
    const std::uint32_t place = map_one(most_);
    if (place == 0) return;
    push_ready(place);
  }
}

BufferPool::Counts BufferPool::counts() const {
  Counts counts;
  counts.mapped = mapped_.load(std::memory_order_acquire);
  for (std::uint32_t index = 0; index < counts.mapped; ++index) {
    const Slot& slot = slots_[index];
    const std::uint32_t owner = slot.owner.load(std::memory_order_relaxed);
    counts.held_by_cupti += owner == kCupti ? 1 : 0;
    counts.unread += owner == kCompleted ? 1 : 0;
  }
  counts.refused = refused_.load(std::memory_order_relaxed);
  counts.foreign = foreign_.load(std::memory_order_relaxed);
  return counts;
}

}  // namespace tbprof::cuda
