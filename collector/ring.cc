#include "collector/ring.h"

#include <algorithm>

#include "collector/name_table.h"
#include "collector/step_pattern.h"
#include "collector/window.h"

namespace tbprof::collector {

namespace {

constinit StepPattern g_steps{std::string_view()};

// Marks a letter of the pattern in both cases, and all digits for the sign that stands for them.
void mark_letter(char letter, bool (&letters)[256]) {
  const auto mark = [&](char c) { letters[static_cast<unsigned char>(c)] = true; };
  mark(letter);
  if (letter >= 'a' && letter <= 'z') mark(static_cast<char>(letter - 'a' + 'A'));
  if (letter >= 'A' && letter <= 'Z') mark(static_cast<char>(letter - 'A' + 'a'));
  for (char digit = '0'; letter == '#' && digit <= '9'; ++digit) mark(digit);
}

// Length of a text, cut at a whole character of UTF-8.
std::uint32_t cut_length(const char* text) {
  const std::size_t length = strnlen(text, kMaxNameBytes + 1);
  if (length <= kMaxNameBytes) return static_cast<std::uint32_t>(length);
  std::uint32_t cut = kMaxNameBytes;
  while (cut > kMaxNameBytes - 4 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return cut;
}

}  // namespace

constinit bool g_step_begins_with[256] = {};
constinit bool g_step_ends_with[256] = {};

void set_steps_of_rings(std::string_view pattern) {
  g_steps = StepPattern(pattern);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i == 0 || pattern[i - 1] == '|') mark_letter(pattern[i], g_step_begins_with);
    if (i + 1 == pattern.size() || pattern[i + 1] == '|') mark_letter(pattern[i], g_step_ends_with);
  }
}

const StepPattern& steps_of_rings() { return g_steps; }

void Ring::attach(std::uint64_t generation, std::int32_t tid, const char* thread_name) {
  write_ = limit_ = next_wake_ = 0;
  step_depth_ = kMaxDepth;
  busy_ = false;
  lost_.store(0, std::memory_order_relaxed);
  unmatched_ends_.store(0, std::memory_order_relaxed);
  memset(depth_, 0, sizeof depth_);
  memset(special_, 0, sizeof special_);
  watched_step_ = watched_range_ = Watched{};
  tid_ = tid;
  memset(thread_name_, 0, sizeof thread_name_);
  strncpy(thread_name_, thread_name, sizeof thread_name_ - 1);
  head_.store(0, std::memory_order_relaxed);
  tail_.store(0, std::memory_order_relaxed);
  generation_.store(generation, std::memory_order_relaxed);
}

bool Ring::begin_text(std::uint32_t domain, const char* text, std::uint32_t category) {
  const std::uint32_t length = cut_length(text);
  const std::size_t size = 2 * kWordBytes + text_bytes(length);
  std::uint32_t& depth = depth_[domain];
  std::uint64_t* words = claim(size, kReserveBytes);
  if (words == nullptr) words = claim_for_step(size, text, 0, category);
  if (words == nullptr) return refuse_begin(domain);
  words[1] = event_label(length, depth, domain, category);
  memcpy(words + 2, text, length);
  ++depth;
  words[0] = event_head(EventKind::begin_text, now_ticks());
  publish(size);
  return true;
}

std::uint64_t* Ring::claim_for_step(std::size_t size_bytes, const char* text, std::uint32_t handle,
                                    std::uint32_t category) {
  std::string_view name(text == nullptr ? "" : text, text == nullptr ? 0 : cut_length(text));
  if (text == nullptr) {
    const NamedText* named = named_text(handle);
    if (named == nullptr) return nullptr;
    name = {named->text(), named->length};
    category = named->category;
  }
  if (!g_steps.match(name, static_cast<proto::Category>(category))) return nullptr;
  return claim(size_bytes, kEndReserveBytes);
}

bool Ring::refuse_begin(std::uint32_t domain) {
  std::uint32_t& depth = depth_[domain];
  if (depth < kMarkedDepths) special_[domain] |= std::uint64_t{1} << depth;
  ++depth;  // its end must not end the range around it
  count_loss();
  return false;
}

bool Ring::end(std::uint32_t domain) {
  std::uint32_t& depth = depth_[domain];
  if (depth == 0) {
    if (is_windowed()) return false;  // it may have begun outside of a window
    unmatched_ends_.store(unmatched_ends_.load(std::memory_order_relaxed) + 1,
                          std::memory_order_relaxed);
    return false;
  }
  --depth;
  if (special_[domain] != 0 && depth < kMarkedDepths) [[unlikely]] {
    const std::uint64_t bit = std::uint64_t{1} << depth;
    if ((special_[domain] & bit) != 0) {
      special_[domain] &= ~bit;
      return end_special(domain, depth);
    }
  }
  put_end(domain, depth);
  return true;
}

// Without its end the writer drops the slice at the next event of the same depth, and counts it.
void Ring::put_end(std::uint32_t domain, std::uint32_t depth) {
  std::uint64_t* words = claim(2 * kWordBytes, 0);
  if (words == nullptr) return;
  words[1] = event_label(0, depth, domain, 0);
  words[0] = event_head(EventKind::end, now_ticks());
  publish(2 * kWordBytes);
}

bool Ring::end_special(std::uint32_t domain, std::uint32_t depth) {
  const auto take = [&](Watched& watched) {
    if (watched.domain != domain || watched.depth != depth) return false;
    watched.depth = kMaxDepth;
    return true;
  };
  const bool is_step = take(watched_step_);
  const bool is_range = take(watched_range_);
  if (!is_step && !is_range) return true;  // its begin left no event
  put_end(domain, depth);
  // After the event, which belongs to the window that this may close.
  if (is_step) on_step_end(watched_step_.number);
  if (is_range) on_range_end();
  return true;
}

bool Ring::can_watch(std::uint32_t domain, WatchedEnd what) const {
  const Watched& watched = what == WatchedEnd::step ? watched_step_ : watched_range_;
  return watched.depth == kMaxDepth && depth_[domain] < kMarkedDepths;
}

void Ring::watch_end(std::uint32_t domain, WatchedEnd what, std::int64_t number) {
  const std::uint32_t depth = depth_[domain] - 1;
  special_[domain] |= std::uint64_t{1} << depth;
  Watched& watched = what == WatchedEnd::step ? watched_step_ : watched_range_;
  watched = {domain, depth, number};
}

void Ring::leave() {
  exit_ticks_ = now_ticks();
  if (watched_step_.depth != kMaxDepth) on_step_end(watched_step_.number);
  if (watched_range_.depth != kMaxDepth) on_range_end();
  watched_step_ = watched_range_ = Watched{};
}

bool Ring::end_step() {
  if (step_depth_ >= depth_[0]) {
    step_depth_ = kMaxDepth;
    return end(0);
  }
  while (depth_[0] > step_depth_) end(0);
  step_depth_ = kMaxDepth;
  return true;
}

bool Ring::put(EventKind named_kind, EventKind text_kind, std::uint32_t handle, const char* text,
               std::uint32_t category, std::uint64_t value, std::uint32_t domain) {
  return put_label(text == nullptr ? named_kind : text_kind, handle, text, category, value,
                   {domain, PayloadType::none, 0});
}

bool Ring::put_with_facts(EventKind named_kind, EventKind text_kind, std::uint32_t handle,
                          const char* text, std::uint32_t category, std::uint64_t value,
                          const EventFacts& facts) {
  return put_label(text == nullptr ? named_kind : text_kind, handle, text, category, value, facts);
}

bool Ring::put_label(EventKind kind, std::uint32_t handle, const char* text, std::uint32_t category,
                     std::uint64_t value, const EventFacts& facts) {
  const std::uint32_t length = text == nullptr ? 0 : cut_length(text);
  const std::size_t fixed = fixed_bytes(kind);
  const std::size_t size = fixed + text_bytes(length);
  // Without its end a range of the process would stay open.
  std::uint64_t* words = claim(size, kind == EventKind::range_end ? 0 : kReserveBytes);
  if (words == nullptr && is_range_start(kind)) {
    words = claim_for_step(size, text, handle, category);
  }
  if (words == nullptr) {
    count_loss();
    return false;
  }
  words[1] = event_label(text == nullptr ? handle : length,
                         static_cast<std::uint32_t>(facts.payload_type), facts.domain, category);
  if (fixed > 2 * kWordBytes) words[2] = value;
  if (fixed > 3 * kWordBytes) words[3] = facts.payload;
  if (length > 0) memcpy(words + fixed / kWordBytes, text, length);
  words[0] = event_head(kind, now_ticks());
  publish(size);
  return true;
}

// The slow way round: the writer is woken at each quarter of the buffer, and where it has taken
// events away since, there is room again.
bool Ring::make_room(std::size_t size_bytes, std::size_t reserve_bytes) {
  const std::uint64_t capacity = mask_ + 1;
  if (write_ >= next_wake_) {
    if (next_wake_ != 0) wake_writer();
    next_wake_ = write_ + capacity / 4;
  }
  const std::uint64_t full = tail_.load(std::memory_order_acquire) + capacity;
  if (write_ + size_bytes + reserve_bytes > full) {
    wake_writer();
    return false;
  }
  if (lost_.load(std::memory_order_relaxed) != 0 &&
      write_ + size_bytes + reserve_bytes + 4 * kWordBytes <= full) {
    report_loss();
  }
  limit_ = std::min(full, next_wake_ + kReserveBytes + kMaxEventBytes);
  return true;
}

void Ring::report_loss() {
  auto* words = reinterpret_cast<std::uint64_t*>(data_ + (write_ & mask_));
  words[1] = 0;
  words[2] = lost_.load(std::memory_order_relaxed);
  words[3] = lost_first_ticks_.load(std::memory_order_relaxed);
  words[0] = event_head(EventKind::loss, lost_last_ticks_.load(std::memory_order_relaxed));
  write_ += 4 * kWordBytes;
  // Cleared before the event can be seen: a count must never be taken twice.
  lost_.store(0, std::memory_order_relaxed);
  head_.store(write_, std::memory_order_release);
}

void Ring::count_loss() {
  const std::uint64_t ticks = now_ticks();
  const std::uint64_t lost = lost_.load(std::memory_order_relaxed);
  if (lost == 0) lost_first_ticks_.store(ticks, std::memory_order_relaxed);
  lost_last_ticks_.store(ticks, std::memory_order_relaxed);
  lost_.store(lost + 1, std::memory_order_relaxed);
}

Ring::Loss Ring::residual_loss() const {
  Loss loss;
  loss.count = lost_.load(std::memory_order_relaxed);
  loss.first_ticks = lost_first_ticks_.load(std::memory_order_relaxed);
  loss.last_ticks = lost_last_ticks_.load(std::memory_order_relaxed);
  return loss;
}

}  // namespace tbprof::collector
