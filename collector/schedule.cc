#include "collector/schedule.h"

#include <stdio.h>
#include <string.h>

namespace tbprof::collector {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kMostSeconds = 1'000'000'000;

WindowState during_cycle(const Schedule& schedule, std::int64_t steps_before) {
  const std::int64_t at = steps_before - schedule.skip_first;
  const std::int64_t length = schedule.wait + schedule.warmup + schedule.active;
  if (at < 0 || (schedule.repeat > 0 && at / length >= schedule.repeat)) {
    return WindowState::closed;
  }
  const std::int64_t place = at % length;
  if (place < schedule.wait) return WindowState::closed;
  return place < schedule.wait + schedule.warmup ? WindowState::warm_up : WindowState::open;
}

// The first window begins at step `every`, not at 0: first steps are unlike all others.
WindowState during_every(const Schedule& schedule, std::int64_t number) {
  if (number < 0) return WindowState::closed;
  const std::int64_t turn = number / schedule.every;
  const std::int64_t place = number % schedule.every;
  const auto is_wanted = [&](std::int64_t which) {
    return which > 0 && (schedule.repeat == 0 || which <= schedule.repeat);
  };
  if (is_wanted(turn) && place < schedule.active) return WindowState::open;
  const bool is_before = schedule.every - place <= schedule.warmup && is_wanted(turn + 1);
  return is_before ? WindowState::warm_up : WindowState::closed;
}

WindowState during_spans(const Schedule& schedule, std::int64_t number) {
  WindowState state = WindowState::closed;
  for (std::size_t i = 0; i < schedule.span_count; ++i) {
    const StepSpan& span = schedule.spans[i];
    if (number >= span.first && number <= span.last) return WindowState::open;
    if (number < span.first && span.first - number <= schedule.warmup) {
      state = WindowState::warm_up;
    }
  }
  return state;
}

// Decimal digits at the front of the text, which is cut behind them; -1 if there are none.
std::int64_t take_number(std::string_view& text, std::int64_t most) {
  std::int64_t value = -1;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    value = (value < 0 ? 0 : value) * 10 + (text[0] - '0');
    if (value > most) return -1;
    text.remove_prefix(1);
  }
  return value;
}

bool parse_count(std::string_view text, std::int64_t least, std::int64_t& value) {
  value = take_number(text, Schedule::kMostSteps);
  return value >= least && text.empty();
}

bool parse_seconds(std::string_view text, std::int64_t& ns) {
  if (text.empty()) return false;
  const bool has_whole = text[0] != '.';
  const std::int64_t whole = has_whole ? take_number(text, kMostSeconds) : 0;
  if (whole < 0) return false;
  ns = whole * kSecondNs;
  if (text.empty()) return true;
  if (text[0] != '.' || text.size() < 2) return false;
  text.remove_prefix(1);
  for (std::int64_t unit = kSecondNs / 10; !text.empty(); unit /= 10, text.remove_prefix(1)) {
    if (text[0] < '0' || text[0] > '9') return false;
    ns += (text[0] - '0') * unit;
  }
  return true;
}

bool parse_spans(std::string_view text, Schedule& schedule) {
  schedule.kind = ScheduleKind::steps;
  schedule.span_count = 0;
  while (schedule.span_count < Schedule::kMaxSpans) {
    StepSpan& span = schedule.spans[schedule.span_count++];
    span.first = span.last = take_number(text, Schedule::kMostSteps);
    if (!text.empty() && text[0] == '-') {
      text.remove_prefix(1);
      span.last = take_number(text, Schedule::kMostSteps);
    }
    if (span.first < 0 || span.last < span.first) return false;
    if (text.empty()) return true;
    if (text[0] != ',') return false;
    text.remove_prefix(1);
  }
  return false;
}

constexpr char kBadSteps[] =
    "takes steps as numbers and spans, at most 64, as in steps=10-14,100-104";
constexpr char kBadCount[] = "takes a whole number behind every, active, wait, warmup, repeat";
constexpr char kBadSeconds[] = "takes seconds behind delay and duration, as in delay=2.5";
constexpr char kUnknownWord[] =
    "knows steps, every, active, wait, warmup, repeat, skip_first, delay, duration, range, "
    "profiler and on-demand";
constexpr char kSeveral[] = "takes one of steps, every, wait, delay, range, profiler, on-demand";

// Sets the kind of a schedule that has none yet.
const char* choose(Schedule& schedule, ScheduleKind kind) {
  if (schedule.kind != ScheduleKind::throughout && schedule.kind != kind) return kSeveral;
  schedule.kind = kind;
  return nullptr;
}

struct CountKey {
  std::string_view key;
  std::int64_t Schedule::*field;
  std::int64_t least;
};

constexpr CountKey kCounts[] = {
    {"every", &Schedule::every, 1},   {"active", &Schedule::active, 1},
    {"wait", &Schedule::wait, 0},     {"warmup", &Schedule::warmup, 0},
    {"repeat", &Schedule::repeat, 0}, {"skip_first", &Schedule::skip_first, 0},
};

const char* parse_word(std::string_view key, std::string_view value, Schedule& schedule) {
  if (key == "profiler" && value.empty()) return choose(schedule, ScheduleKind::profiler);
  if (key == "on-demand" && value.empty()) return choose(schedule, ScheduleKind::on_demand);
  if (key == "steps") {
    const char* problem = choose(schedule, ScheduleKind::steps);
    if (problem != nullptr) return problem;
    return parse_spans(value, schedule) ? nullptr : kBadSteps;
  }
  if (key == "delay" || key == "duration") {
    std::int64_t& ns = key == "delay" ? schedule.delay_ns : schedule.duration_ns;
    if (!parse_seconds(value, ns)) return kBadSeconds;
    return choose(schedule, ScheduleKind::time);
  }
  for (const CountKey& count : kCounts) {
    if (key != count.key) continue;
    if (!parse_count(value, count.least, schedule.*count.field)) return kBadCount;
    if (key == "every") return choose(schedule, ScheduleKind::every);
    if (key == "wait" || key == "skip_first") return choose(schedule, ScheduleKind::cycle);
    return nullptr;
  }
  return kUnknownWord;
}

const char* parse(std::string_view text, Schedule& schedule) {
  constexpr std::string_view kRange = "range=";
  while (!text.empty()) {
    if (text.size() > kRange.size() && text.compare(0, kRange.size(), kRange) == 0) {
      text.remove_prefix(kRange.size());
      if (text.size() >= sizeof schedule.range) return "takes a range's name of at most 255 bytes";
      memcpy(schedule.range, text.data(), text.size());
      return choose(schedule, ScheduleKind::range);
    }
    std::size_t end = 0;
    while (end < text.size() && text[end] != ';') ++end;
    std::size_t equals = 0;
    while (equals < end && text[equals] != '=') ++equals;
    const std::string_view key(text.data(), equals);
    const std::size_t value_at = equals < end ? equals + 1 : end;
    const std::string_view value(text.data() + value_at, end - value_at);
    if (const char* problem = parse_word(key, value, schedule)) return problem;
    text.remove_prefix(end < text.size() ? end + 1 : end);
  }
  // Counts alone are a cycle that begins with its first step.
  if (schedule.kind == ScheduleKind::throughout) schedule.kind = ScheduleKind::cycle;
  return nullptr;
}

}  // namespace

WindowState Schedule::during_step(std::int64_t number, std::int64_t steps_before) const {
  switch (kind) {
    case ScheduleKind::steps:
      return during_spans(*this, number);
    case ScheduleKind::every:
      return during_every(*this, number);
    case ScheduleKind::cycle:
      return during_cycle(*this, steps_before);
    default:
      return WindowState::closed;
  }
}

bool Schedule::is_over_at(std::int64_t number, std::int64_t steps_before) const {
  switch (kind) {
    case ScheduleKind::steps:
      for (std::size_t i = 0; i < span_count; ++i) {
        if (spans[i].last >= number) return false;
      }
      return true;
    case ScheduleKind::every:
      return repeat > 0 && number / every >= repeat && number - every * repeat >= active;
    case ScheduleKind::cycle:
      return repeat > 0 && (steps_before - skip_first) / (wait + warmup + active) >= repeat;
    default:
      return false;
  }
}

WindowState Schedule::at_start() const {
  if (kind == ScheduleKind::throughout) return WindowState::open;
  if (kind == ScheduleKind::time) return delay_ns == 0 ? WindowState::open : WindowState::closed;
  // Steps are numbered from 0 or 1.
  const bool is_soon = during_step(0, 0) != WindowState::closed ||
                       (kind != ScheduleKind::cycle && during_step(1, 1) != WindowState::closed);
  return is_soon ? WindowState::warm_up : WindowState::closed;
}

const char* parse_schedule(std::string_view text, Schedule& schedule) {
  schedule = Schedule{};
  if (text.empty()) return nullptr;
  const char* problem = parse(text, schedule);
  if (problem != nullptr) schedule = Schedule{};
  return problem;
}

void format_schedule(const Schedule& schedule, char* text, std::size_t text_bytes) {
  const auto number = [](std::int64_t value) { return static_cast<long long>(value); };
  std::size_t used = 0;
  const auto advance = [&](int written) {
    if (written > 0) used += static_cast<std::size_t>(written);
    if (used >= text_bytes) used = text_bytes - 1;
  };
  text[0] = 0;
  switch (schedule.kind) {
    case ScheduleKind::throughout:
      return;
    case ScheduleKind::steps:
      for (std::size_t i = 0; i < schedule.span_count; ++i) {
        const StepSpan& span = schedule.spans[i];
        advance(snprintf(text + used, text_bytes - used, "%s%lld", i == 0 ? "steps=" : ",",
                         number(span.first)));
        if (span.last == span.first) continue;
        advance(snprintf(text + used, text_bytes - used, "-%lld", number(span.last)));
      }
      advance(snprintf(text + used, text_bytes - used, ";warmup=%lld", number(schedule.warmup)));
      return;
    case ScheduleKind::every:
      advance(snprintf(text, text_bytes, "every=%lld;warmup=%lld;active=%lld;repeat=%lld",
                       number(schedule.every), number(schedule.warmup), number(schedule.active),
                       number(schedule.repeat)));
      return;
    case ScheduleKind::cycle:
      advance(snprintf(text, text_bytes,
                       "wait=%lld;warmup=%lld;active=%lld;repeat=%lld;skip_first=%lld",
                       number(schedule.wait), number(schedule.warmup), number(schedule.active),
                       number(schedule.repeat), number(schedule.skip_first)));
      return;
    case ScheduleKind::time:
      advance(snprintf(text, text_bytes, "delay=%lld.%09lld;duration=%lld.%09lld",
                       number(schedule.delay_ns / kSecondNs), number(schedule.delay_ns % kSecondNs),
                       number(schedule.duration_ns / kSecondNs),
                       number(schedule.duration_ns % kSecondNs)));
      return;
    case ScheduleKind::range:
      advance(snprintf(text, text_bytes, "range=%s", schedule.range));
      return;
    case ScheduleKind::profiler:
      advance(snprintf(text, text_bytes, "profiler"));
      return;
    case ScheduleKind::on_demand:
      advance(snprintf(text, text_bytes, "on-demand"));
      return;
  }
}

}  // namespace tbprof::collector
