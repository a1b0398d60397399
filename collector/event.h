// What a thread leaves in its buffer for the writer thread: words of 8 bytes.
//   word 0   ticks (lower 56 bits) << 8 | EventKind
//   word 1   bits 0-31 a name's handle, or the length of the text that follows
//            bits 32-47 depth of the range on its thread and domain; of kinds with facts: a
//            PayloadType
//            bits 48-55 domain, or 1 for a range_start_* that is a step outside of windows;
//            bits 56-63 category of a text
//   word 2   only kinds with a value: number, bits of a double, range id, thread id, count
//   word 3   only losses: ticks of the first loss; kinds with facts: the payload
//   then     the text, filled up to whole words
// Values. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tbprof::collector {

enum class EventKind : std::uint8_t {
  begin_named,
  begin_text,
  end,
  step_begin,        // by handle; word 2: number
  noted_step_begin,  // outside of windows; word 2: number
  instant_named,
  instant_text,
  counter_named,  // word 2: bits of the double
  counter_text,
  range_start_named,  // word 2: id within the process
  range_start_text,
  range_end,
  thread_name,  // word 2: the kernel's thread id
  payload,      // of the range that began last in the domain: a PayloadType as category, word 2 it
  loss,         // word 0: last, word 3: first; word 2: count
  // With facts: a domain and a payload.
  instant_facts_named,
  instant_facts_text,
  range_start_facts_named,  // word 2: id within the process
  range_start_facts_text,
};

// NVTX's numbers. Integers are in word 2 with their sign, floating point as bits of a double.
enum class PayloadType : std::uint8_t {
  none = 0,
  unsigned_int64 = 1,
  int64 = 2,
  float64 = 3,
  unsigned_int32 = 4,
  int32 = 5,
  float32 = 6,
};

// What a program said of an event besides its name.
struct EventFacts {
  std::uint32_t domain = 0;
  PayloadType payload_type = PayloadType::none;
  std::uint64_t payload = 0;
  bool is_none() const { return domain == 0 && payload_type == PayloadType::none; }
};

inline constexpr std::size_t kWordBytes = 8;
inline constexpr std::uint32_t kMaxNameBytes = 1023;
// The largest event: four words and a text.
inline constexpr std::size_t kMaxEventBytes = 4 * kWordBytes + 1024;
inline constexpr std::uint32_t kMaxDepth = 0xffff;
inline constexpr std::uint32_t kDomainCount = 64;
inline constexpr std::uint32_t kNotedRange = 1;

inline std::uint64_t event_head(EventKind kind, std::uint64_t ticks) {
  return ticks << 8 | static_cast<std::uint64_t>(kind);
}
inline std::uint64_t event_label(std::uint32_t handle_or_length, std::uint32_t depth,
                                 std::uint32_t domain, std::uint32_t category) {
  return static_cast<std::uint64_t>(handle_or_length) | static_cast<std::uint64_t>(depth) << 32 |
         static_cast<std::uint64_t>(domain) << 48 | static_cast<std::uint64_t>(category) << 56;
}

inline EventKind kind_of(std::uint64_t head) { return static_cast<EventKind>(head & 0xff); }
inline std::uint64_t ticks56_of(std::uint64_t head) { return head >> 8; }
inline std::uint32_t handle_of(std::uint64_t label) { return static_cast<std::uint32_t>(label); }
inline std::uint32_t length_of(std::uint64_t label) { return static_cast<std::uint32_t>(label); }
inline std::uint32_t depth_of(std::uint64_t label) {
  return static_cast<std::uint32_t>(label >> 32 & 0xffff);
}
inline std::uint32_t domain_of(std::uint64_t label) {
  return static_cast<std::uint32_t>(label >> 48 & 0xff);
}
inline std::uint32_t category_of(std::uint64_t label) {
  return static_cast<std::uint32_t>(label >> 56);
}

inline EventFacts facts_of(const std::uint64_t* words) {
  return {domain_of(words[1]), static_cast<PayloadType>(depth_of(words[1])), words[3]};
}

inline bool has_text(EventKind kind) {
  return kind == EventKind::begin_text || kind == EventKind::instant_text ||
         kind == EventKind::counter_text || kind == EventKind::range_start_text ||
         kind == EventKind::thread_name || kind == EventKind::instant_facts_text ||
         kind == EventKind::range_start_facts_text;
}
inline bool has_facts(EventKind kind) {
  return kind == EventKind::instant_facts_named || kind == EventKind::instant_facts_text ||
         kind == EventKind::range_start_facts_named || kind == EventKind::range_start_facts_text;
}
inline bool is_range_start(EventKind kind) {
  return kind == EventKind::range_start_named || kind == EventKind::range_start_text ||
         kind == EventKind::range_start_facts_named || kind == EventKind::range_start_facts_text;
}
inline std::size_t fixed_bytes(EventKind kind) {
  switch (kind) {
    case EventKind::begin_named:
    case EventKind::begin_text:
    case EventKind::end:
    case EventKind::instant_named:
    case EventKind::instant_text:
      return 2 * kWordBytes;
    case EventKind::loss:
    case EventKind::instant_facts_named:
    case EventKind::instant_facts_text:
    case EventKind::range_start_facts_named:
    case EventKind::range_start_facts_text:
      return 4 * kWordBytes;
    default:
      return 3 * kWordBytes;
  }
}
inline std::size_t text_bytes(std::uint32_t length) {
  return (length + kWordBytes - 1) & ~(kWordBytes - 1);
}

}  // namespace tbprof::collector
