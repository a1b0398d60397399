// The host buffers that CUPTI fills with activity records: a bounded number, mapped and zeroed
// before they are needed, so that the thread of the user's that asks for one waits for nothing.
// A buffer that CUPTI holds is never freed or handed out again, not even after the recording: CUPTI
// may write into it at any time.
//
// take() and complete(): any thread, without locks, allocation or system calls; take_or_map(): any
// thread, with one system call at need. All others: the writer thread. One pool in a process; it is
// never destroyed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tbprof::cuda {

class BufferPool {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{4} << 20;
  static constexpr std::uint32_t kMostBuffers = 256;

  struct Counts {
    std::uint32_t mapped = 0;
    std::uint32_t held_by_cupti = 0;
    std::uint32_t unread = 0;
    std::uint64_t refused = 0;  // requests that found the pool empty; CUPTI drops the records then
    std::uint64_t foreign = 0;  // completed buffers that this pool never gave
  };

  // Maps `first` buffers; later up to `most`. false if not even one could be mapped.
  bool start(std::uint32_t first, std::uint32_t most);

  // nullptr: none is ready.
  std::uint8_t* take();
  // Maps one where none is ready, past the limit of start(): for versions of CUPTI that crash when
  // they are refused a buffer. nullptr only when memory or places are at an end.
  std::uint8_t* take_or_map();
  // CUPTI gives a buffer back with so many bytes of records in it.
  void complete(const std::uint8_t* data, std::size_t valid_bytes);

  // Calls read(std::uint8_t* data, std::size_t valid_bytes) for the buffer that came back first and
  // makes it ready again. false: none has come back.
  template <typename Read>
  bool read_one(Read&& read) {
    if (pending_ == 0) pending_ = take_completed();
    if (pending_ == 0) return false;
    const std::uint32_t place = pending_;
    Slot& slot = slots_[place - 1];
    pending_ = slot.next.load(std::memory_order_relaxed);
    read(slot.data.load(std::memory_order_relaxed), slot.valid_bytes);
    recycle(place);
    return true;
  }
  // Maps more where few are ready, as far as the limit allows.
  void refill();
  Counts counts() const;

 private:
  struct Slot {
    std::atomic<std::uint8_t*> data{nullptr};
    std::size_t valid_bytes = 0;
    std::atomic<std::uint32_t> next{0};   // place of the next in its list; 0: the last
    std::atomic<std::uint32_t> owner{0};  // an Owner
  };
  enum Owner : std::uint32_t { kNobody, kReady, kCupti, kCompleted };

  // The place of a new buffer, which nobody owns yet; 0 if there are `most` or no memory is left.
  std::uint32_t map_one(std::uint32_t most);
  void push_ready(std::uint32_t place);
  std::uint32_t take_completed();
  void recycle(std::uint32_t place);

  Slot slots_[kMostBuffers];
  std::atomic<std::uint32_t> mapped_{0};
  std::uint32_t most_ = 0;
  // Place of the first ready buffer in the low half, a count of changes in the high one, so that a
  // slow thread cannot mistake a list that came back for the one it saw.
  std::atomic<std::uint64_t> ready_{0};
  std::atomic<std::uint32_t> ready_count_{0};
  std::atomic<std::uint32_t> completed_{0};
  std::uint32_t pending_ = 0;  // taken from completed_, in the order in which they came
  std::atomic<std::uint64_t> refused_{0};
  std::atomic<std::uint64_t> foreign_{0};
};

}  // namespace tbprof::cuda
