// A thread's event buffer: one producer (the thread), one consumer (the writer thread), no locks.
// The producer side is inline because it is the hot path. The pool owns the memory; a thread owns
// the producer side from attach() until it marks the ring done.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "collector/clock.h"
#include "collector/event.h"
#include "collector/step_pattern.h"

namespace tbprof::collector {

// Wakes the writer thread early. Any thread, also a signal handler.
void wake_writer();

// Which names of ranges make steps. REQUIRES: no thread writes events yet; the text stays.
void set_steps_of_rings(std::string_view pattern);
const StepPattern& steps_of_rings();
// By the first letter of a name, and by the last: false for most names that are no step.
extern bool g_step_begins_with[256];
extern bool g_step_ends_with[256];
inline bool may_be_step_of_rings(std::string_view name) {
  return !name.empty() && g_step_begins_with[static_cast<unsigned char>(name[0])] &&
         g_step_ends_with[static_cast<unsigned char>(name[name.size() - 1])];
}

// What the end of a range means for the windows of a recording (window.h).
enum class WatchedEnd : std::uint8_t { step, range };

enum class RingState : std::uint32_t {
  empty,   // no memory yet
  free,    // memory, but no thread
  taken,   // being given to a thread
  active,  // a thread writes into it
  done,    // its thread is gone; to be drained, then free
};

class Ring {
 public:
  // Room that only steps (also ranges that are steps by their name) and ends of ranges may use, so
  // that a full buffer does not lose the long ranges around it; and the part of it that only ends
  // may use.
  static constexpr std::size_t kReserveBytes = 16384;
  static constexpr std::size_t kEndReserveBytes = 8192;

  // --- Producer -------------------------------------------------------------------------------

  // REQUIRES: the pool gave the ring to the calling thread; nobody else looks at it yet.
  void attach(std::uint64_t generation, std::int32_t tid, const char* thread_name);

  std::uint64_t generation() const { return generation_.load(std::memory_order_relaxed); }

  // Ends of begins are matched by depth, so that a lost event on either side loses one slice only.
  bool begin_named(std::uint32_t domain, std::uint32_t handle) {
    return begin_fixed(EventKind::begin_named, domain, handle, 0);
  }
  bool begin_step(std::uint32_t handle, std::int64_t number) {
    const std::uint32_t depth = depth_[0];
    if (!begin_fixed(EventKind::step_begin, 0, handle, static_cast<std::uint64_t>(number))) {
      return false;
    }
    step_depth_ = depth;
    return true;
  }
  // A step outside of windows, of which only number and times are kept. `is_own` tells one that the
  // program marked as a step from a range with a step's name.
  bool begin_noted_step(std::uint32_t domain, std::int64_t number, bool is_own) {
    const std::uint32_t depth = depth_[domain];
    if (!begin_fixed(EventKind::noted_step_begin, domain, 0, static_cast<std::uint64_t>(number))) {
      return false;
    }
    if (is_own) step_depth_ = depth;
    return true;
  }
  // A range outside of windows: only its depth counts, so that ends find what they end.
  void pass_begin(std::uint32_t domain) {
    std::uint32_t& depth = depth_[domain];
    if (depth < kMarkedDepths) special_[domain] |= std::uint64_t{1} << depth;
    ++depth;
  }
  // Whether a range that begins now could be watched: one at a time is, and none too deep.
  bool can_watch(std::uint32_t domain, WatchedEnd what) const;
  // The end of the range that was begun last decides about windows. REQUIRES: can_watch() before
  // it.
  void watch_end(std::uint32_t domain, WatchedEnd what, std::int64_t number);
  bool begin_text(std::uint32_t domain, const char* text, std::uint32_t category);
  // false if there is no open range.
  bool end(std::uint32_t domain);
  // Ends the thread's step and what is open in it; false if there is none.
  bool end_step();
  std::uint32_t depth(std::uint32_t domain) const { return depth_[domain]; }

  // Instants, counters, process ranges and thread names; `text` null: by handle. `domain` is 0, or
  // kNotedRange.
  bool put(EventKind named_kind, EventKind text_kind, std::uint32_t handle, const char* text,
           std::uint32_t category, std::uint64_t value, std::uint32_t domain = 0);
  // Instants and starts of process ranges, with what else the program said of them.
  bool put_with_facts(EventKind named_kind, EventKind text_kind, std::uint32_t handle,
                      const char* text, std::uint32_t category, std::uint64_t value,
                      const EventFacts& facts);

  // --- Consumer -------------------------------------------------------------------------------

  // Calls take(const std::uint64_t* words) for each event of before the call.
  template <typename Take>
  std::size_t drain(Take&& take) {
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    std::uint64_t at = tail_.load(std::memory_order_relaxed);
    std::size_t count = 0;
    while (at < head) {
      const auto* words = reinterpret_cast<const std::uint64_t*>(data_ + (at & mask_));
      const EventKind kind = kind_of(words[0]);
      at += fixed_bytes(kind) + (has_text(kind) ? text_bytes(length_of(words[1])) : 0);
      take(words);
      ++count;
    }
    tail_.store(head, std::memory_order_release);
    return count;
  }
  // Losses that the thread could not report in the ring itself. Exact once the thread is done.
  struct Loss {
    std::uint64_t count = 0;
    std::uint64_t first_ticks = 0;
    std::uint64_t last_ticks = 0;
  };
  Loss residual_loss() const;
  std::uint64_t unmatched_ends() const { return unmatched_ends_.load(std::memory_order_relaxed); }

  std::int32_t tid() const { return tid_; }
  const char* thread_name() const { return thread_name_; }

  // When the thread left; valid once the ring is done.
  void leave();
  std::uint64_t exit_ticks() const { return exit_ticks_; }

  // --- Pool -----------------------------------------------------------------------------------

  std::atomic<RingState> state{RingState::empty};
  void set_memory(std::uint8_t* data, std::size_t capacity_bytes) {
    data_ = data;
    mask_ = capacity_bytes - 1;
  }
  std::size_t capacity_bytes() const { return data_ == nullptr ? 0 : mask_ + 1; }

 private:
  struct Watched {
    std::uint32_t domain = 0;
    std::uint32_t depth = kMaxDepth;  // kMaxDepth: none
    std::int64_t number = 0;          // of a step
  };
  // Where an event of this size goes, or null if there is no room.
  std::uint64_t* claim(std::size_t size_bytes, std::size_t reserve_bytes) {
    if (busy_) return nullptr;  // a signal handler in the midst of an event of its own thread
    busy_ = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    if (write_ + size_bytes + reserve_bytes > limit_) [[unlikely]] {
      if (!make_room(size_bytes, reserve_bytes)) {
        busy_ = false;
        return nullptr;
      }
    }
    return reinterpret_cast<std::uint64_t*>(data_ + (write_ & mask_));
  }
  void publish(std::size_t size_bytes) {
    write_ += size_bytes;
    head_.store(write_, std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);
    busy_ = false;
  }
  bool begin_fixed(EventKind kind, std::uint32_t domain, std::uint32_t handle,
                   std::uint64_t value) {
    std::uint32_t& depth = depth_[domain];
    const bool is_step = kind == EventKind::step_begin || kind == EventKind::noted_step_begin;
    const std::size_t size = is_step ? 3 * kWordBytes : 2 * kWordBytes;
    std::uint64_t* words = claim(size, is_step ? kEndReserveBytes : kReserveBytes);
    if (words == nullptr && !is_step) words = claim_for_step(size, nullptr, handle, 0);
    if (words == nullptr) return refuse_begin(domain);
    words[1] = event_label(handle, depth, domain, 0);
    if (is_step) words[2] = value;
    ++depth;
    words[0] = event_head(kind, now_ticks());
    publish(size);
    return true;
  }
  // Where room is short: from the reserve if the range is a step by its name.
  std::uint64_t* claim_for_step(std::size_t size_bytes, const char* text, std::uint32_t handle,
                                std::uint32_t category);
  bool refuse_begin(std::uint32_t domain);
  bool make_room(std::size_t size_bytes, std::size_t reserve_bytes);
  void put_end(std::uint32_t domain, std::uint32_t depth);
  bool put_label(EventKind kind, std::uint32_t handle, const char* text, std::uint32_t category,
                 std::uint64_t value, const EventFacts& facts);
  // Of a range that is marked in special_.
  bool end_special(std::uint32_t domain, std::uint32_t depth);
  void count_loss();
  void report_loss();

  // The producer's lines.
  alignas(64) std::uint8_t* data_ = nullptr;
  std::uint64_t mask_ = 0;
  std::atomic<std::uint64_t> generation_{0};
  std::uint64_t write_ = 0;  // bytes ever written
  std::uint64_t limit_ = 0;  // write_ may go so far before it must look around
  std::uint64_t next_wake_ = 0;
  std::uint32_t step_depth_ = 0;  // kMaxDepth: no step is open
  bool busy_ = false;
  std::atomic<std::uint64_t> lost_{0};  // since last reported in the ring
  std::atomic<std::uint64_t> lost_first_ticks_{0};
  std::atomic<std::uint64_t> lost_last_ticks_{0};
  std::atomic<std::uint64_t> unmatched_ends_{0};
  std::uint64_t exit_ticks_ = 0;
  std::int32_t tid_ = 0;
  char thread_name_[20] = {};
  std::uint32_t depth_[kDomainCount] = {};
  // By depth, as far as there are bits: begins that were lost or lay outside of windows, whose ends
  // leave no event either; and the ranges that are watched.
  static constexpr std::uint32_t kMarkedDepths = 64;
  std::uint64_t special_[kDomainCount] = {};
  Watched watched_step_;
  Watched watched_range_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  // The consumer's line.
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace tbprof::collector
