#include "collector/event_decoder.h"

#include <unistd.h>

#include <algorithm>
#include <bit>

#include "collector/event_facts.h"
#include "collector/name_table.h"

namespace tbprof::collector {

namespace {

constexpr std::size_t kMaxOpenRanges = 4096;
constexpr std::size_t kMaxOpenSlices = 65536;

proto::Category category_from(std::uint32_t number) {
  return number < proto::kCategoryCount ? static_cast<proto::Category>(number)
                                        : proto::Category::other;
}

}  // namespace

EventDecoder::EventDecoder(ChunkBuilder& builder, const TickClock& clock, const StepPattern& steps)
    : builder_(builder), clock_(clock), steps_(steps) {}

EventDecoder::Thread& EventDecoder::thread_of(Ring& ring, std::size_t slot) {
  if (threads_.size() <= slot) threads_.resize(slot + 1);
  std::unique_ptr<Thread>& thread = threads_[slot];
  if (thread == nullptr) {
    thread = std::make_unique<Thread>();
    proto::TrackDefinition definition;
    definition.kind = proto::TrackKind::thread;
    definition.pid = getpid();
    definition.tid = ring.tid();
    thread->tid = ring.tid();
    const bool is_main = definition.tid == definition.pid;
    thread->track_id = builder_.add_track(definition, is_main ? "main" : ring.thread_name());
  }
  return *thread;
}

void EventDecoder::drain(Ring& ring, std::size_t slot) {
  Thread& thread = thread_of(ring, slot);
  ring.drain([&](const std::uint64_t* words) { take(thread, words); });
  const std::uint64_t unmatched = ring.unmatched_ends();
  if (unmatched != thread.unmatched_ends) {
    builder_.add_loss({proto::LossKind::unmatched_end, unmatched - thread.unmatched_ends,
                       thread.last_ns, thread.last_ns, thread.track_id});
    thread.unmatched_ends = unmatched;
  }
}

void EventDecoder::take(Thread& thread, const std::uint64_t* words) {
  const EventKind kind = kind_of(words[0]);
  const std::int64_t time_ns =
      std::max(thread.last_ns, clock_.to_ns(clock_.widen(ticks56_of(words[0]))));
  const std::uint64_t label = words[1];
  std::string_view text;
  if (has_text(kind)) {
    text = {reinterpret_cast<const char*>(words + fixed_bytes(kind) / kWordBytes),
            length_of(label)};
  }
  if (kind != EventKind::loss) thread.last_ns = time_ns;
  switch (kind) {
    case EventKind::begin_named:
      return begin(thread, label, label_of_handle(handle_of(label)), time_ns);
    case EventKind::begin_text:
      return begin(thread, label, label_of_text(text, category_from(category_of(label))), time_ns);
    case EventKind::end:
      return end(thread, label, time_ns);
    case EventKind::step_begin: {
      const NamedText* named = named_text(handle_of(label));
      const std::string_view name =
          named == nullptr ? "step" : std::string_view(named->text(), named->length);
      Label step{builder_.name(name, proto::Category::step), true,
                 static_cast<std::int64_t>(words[2])};
      return begin(thread, label, step, time_ns);
    }
    case EventKind::noted_step_begin:
      return begin(thread, label, {0, true, static_cast<std::int64_t>(words[2]), true}, time_ns);
    case EventKind::instant_named:
    case EventKind::instant_facts_named:
      return add_instant(thread, label_of_handle(handle_of(label)), words, time_ns);
    case EventKind::instant_text:
    case EventKind::instant_facts_text:
      return add_instant(thread, {builder_.name(text, category_from(category_of(label)))}, words,
                         time_ns);
    case EventKind::counter_named: {
      const NamedText* named = named_text(handle_of(label));
      if (named != nullptr) text = {named->text(), named->length};
      [[fallthrough]];
    }
    case EventKind::counter_text:
      return add_counter(builder_.name(text, proto::Category::other), text, time_ns, words[2]);
    case EventKind::range_start_named:
    case EventKind::range_start_facts_named:
      return range_start(label_of_handle(handle_of(label)), words, time_ns);
    case EventKind::range_start_text:
    case EventKind::range_start_facts_text:
      return range_start(label_of_text(text, category_from(category_of(label))), words, time_ns);
    case EventKind::range_end:
      return range_event({words[2], time_ns, {}, {}, true});
    case EventKind::thread_name:
      return name_thread(thread, static_cast<std::int32_t>(words[2]), text);
    case EventKind::payload: {
      std::vector<Open>& stack = stack_of(thread, domain_of(label));
      if (stack.empty()) return;
      stack.back().facts.payload_type = static_cast<PayloadType>(category_of(label));
      stack.back().facts.payload = words[2];
      return;
    }
    case EventKind::loss:
      return add_loss(proto::LossKind::buffer_full,
                      {words[2], words[3], clock_.widen(ticks56_of(words[0]))}, thread.track_id);
  }
}

EventDecoder::Label EventDecoder::label_of_handle(std::uint32_t handle) {
  if (known_names_.size() <= handle) known_names_.resize(std::max<std::size_t>(handle + 1, 256));
  KnownName& known = known_names_[handle];
  if (known.name_id == proto::kNoId) {
    const NamedText* named = named_text(handle);
    const std::string_view text =
        named == nullptr ? std::string_view() : std::string_view(named->text(), named->length);
    const proto::Category category =
        named == nullptr ? proto::Category::other : category_from(named->category);
    known.name_id = builder_.name(text, category);
    const Label label = label_of_text(text, category);
    if (label.is_step) {
      known.step_name_id = label.name_id;
      known.step_number = label.step_number;
    }
  }
  if (known.step_name_id != proto::kNoId) return {known.step_name_id, true, known.step_number};
  return {known.name_id, false, 0};
}

EventDecoder::Label EventDecoder::label_of_text(std::string_view text, proto::Category category) {
  if (const auto step = steps_.match(text, category)) {
    // By its stem, or a long training would have as many names as steps.
    return {builder_.name(step->stem, proto::Category::step), true, step->number};
  }
  return {builder_.name(text, category), false, 0};
}

std::vector<EventDecoder::Open>& EventDecoder::stack_of(Thread& thread, std::uint32_t domain) {
  if (domain == 0) return thread.open;
  for (DomainStack& stack : thread.domains) {
    if (stack.domain == domain) return stack.open;
  }
  thread.domains.emplace_back();
  thread.domains.back().domain = domain;
  return thread.domains.back().open;
}

void EventDecoder::drop_above(Thread& thread, std::vector<Open>& stack, std::uint32_t depth,
                              std::int64_t time_ns) {
  while (!stack.empty() && stack.back().depth >= depth) {
    builder_.add_loss(
        {proto::LossKind::buffer_full, 1, stack.back().start_ns, time_ns, thread.track_id});
    stack.pop_back();
  }
}

void EventDecoder::begin(Thread& thread, std::uint64_t label_word, const Label& label,
                         std::int64_t time_ns) {
  std::vector<Open>& stack = stack_of(thread, domain_of(label_word));
  const std::uint32_t depth = depth_of(label_word);
  drop_above(thread, stack, depth, time_ns);
  stack.push_back({.start_ns = time_ns,
                   .step_number = label.step_number,
                   .name_id = label.name_id,
                   .depth = depth,
                   .is_step = label.is_step,
                   .is_noted = label.is_noted,
                   .facts = {.domain = domain_of(label_word)}});
}

void EventDecoder::end(Thread& thread, std::uint64_t label_word, std::int64_t time_ns) {
  std::vector<Open>& stack = stack_of(thread, domain_of(label_word));
  const std::uint32_t depth = depth_of(label_word);
  drop_above(thread, stack, depth + 1, time_ns);
  if (stack.empty() || stack.back().depth != depth) return;  // its begin was lost, and counted
  const Open open = stack.back();
  stack.pop_back();
  close(thread, open, time_ns);
  if (stack.empty() && !open.is_noted) builder_.add_busy(thread.track_id, open.start_ns, time_ns);
}

void EventDecoder::close(Thread& thread, const Open& open, std::int64_t end_ns) {
  const std::int64_t duration_ns = end_ns - open.start_ns;
  if (open.is_noted) return builder_.add_noted_step({open.step_number, open.start_ns, duration_ns});
  builder_.add_slice(thread.track_id, open.start_ns, duration_ns, open.name_id);
  add_facts(thread.track_id, open.facts);
  if (open.is_step) {
    builder_.add_step(
        {thread.track_id, open.step_number, open.start_ns, duration_ns, open.name_id});
  }
}

void EventDecoder::add_facts(std::uint32_t track_id, const EventFacts& facts) {
  for_each_fact(builder_, facts,
                [&](std::uint32_t key, proto::ValueKind kind, std::uint64_t value) {
                  ChunkBuilder::add_attribute(builder_.block(track_id), key, kind, value);
                });
}

void EventDecoder::add_instant(const Thread& thread, const Label& label, const std::uint64_t* words,
                               std::int64_t time_ns) {
  builder_.add_instant({thread.track_id, time_ns, label.name_id});
  if (!has_facts(kind_of(words[0]))) return;
  for_each_fact(builder_, facts_of(words),
                [&](std::uint32_t key, proto::ValueKind kind, std::uint64_t value) {
                  builder_.add_instant_attribute(key, kind, value);
                });
}

void EventDecoder::range_start(Label label, const std::uint64_t* words, std::int64_t time_ns) {
  EventFacts facts;
  if (has_facts(kind_of(words[0]))) {
    facts = facts_of(words);
  } else {
    label.is_noted = domain_of(words[1]) == kNotedRange;
  }
  range_event({words[2], time_ns, label, facts, false});
}

// Ranges of the whole process may end on another thread than they began, and its buffer may be
// drained first.
void EventDecoder::range_event(ProcessRange range) {
  const auto found = std::find_if(ranges_.begin(), ranges_.end(), [&](const ProcessRange& other) {
    return other.id == range.id && other.is_end != range.is_end;
  });
  if (found == ranges_.end()) {
    if (ranges_.size() >= kMaxOpenRanges) {
      builder_.add_loss(
          {proto::LossKind::memory_limit, 1, ranges_.front().time_ns, range.time_ns, proto::kNoId});
      ranges_.erase(ranges_.begin());
    }
    if (range_track_id_ == proto::kNoId) {
      proto::TrackDefinition definition;
      definition.kind = proto::TrackKind::process;
      definition.pid = getpid();
      range_track_id_ = builder_.add_track(definition, "ranges across threads");
    }
    ranges_.push_back(range);
    return;
  }
  const ProcessRange start = range.is_end ? *found : range;
  const std::int64_t end_ns =
      std::max(start.time_ns, range.is_end ? range.time_ns : found->time_ns);
  ranges_.erase(found);
  const std::int64_t duration_ns = end_ns - start.time_ns;
  if (start.label.is_noted) {
    return builder_.add_noted_step({start.label.step_number, start.time_ns, duration_ns});
  }
  builder_.add_slice(range_track_id_, start.time_ns, duration_ns, start.label.name_id);
  add_facts(range_track_id_, start.facts);
  if (start.label.is_step) {
    builder_.add_step({range_track_id_, start.label.step_number, start.time_ns, duration_ns,
                       start.label.name_id});
  }
  builder_.add_busy(range_track_id_, start.time_ns, end_ns);
}

void EventDecoder::add_counter(std::uint32_t name_id, std::string_view text, std::int64_t time_ns,
                               std::uint64_t bits) {
  builder_.add_counter(name_id, text, time_ns, std::bit_cast<double>(bits));
}

void EventDecoder::name_thread(Thread& thread, std::int32_t tid, std::string_view name) {
  if (tid == thread.tid) return builder_.rename_track(thread.track_id, name);
  for (const std::unique_ptr<Thread>& other : threads_) {
    if (other != nullptr && other->tid == tid) builder_.rename_track(other->track_id, name);
  }
}

void EventDecoder::add_loss(proto::LossKind kind, const Ring::Loss& loss, std::uint32_t track_id) {
  if (loss.count == 0) return;
  builder_.add_loss(
      {kind, loss.count, clock_.to_ns(loss.first_ticks), clock_.to_ns(loss.last_ticks), track_id});
}

void EventDecoder::finish_thread(Ring& ring, std::size_t slot) {
  Thread& thread = thread_of(ring, slot);
  add_loss(proto::LossKind::buffer_full, ring.residual_loss(), thread.track_id);
  const std::int64_t end_ns = std::max(clock_.to_ns(ring.exit_ticks()), thread.last_ns);
  for (DomainStack& stack : thread.domains) {
    for (; !stack.open.empty(); stack.open.pop_back()) close(thread, stack.open.back(), end_ns);
  }
  if (!thread.open.empty()) builder_.add_busy(thread.track_id, thread.open[0].start_ns, end_ns);
  for (; !thread.open.empty(); thread.open.pop_back()) close(thread, thread.open.back(), end_ns);
  threads_[slot].reset();
}

void EventDecoder::list_open(std::vector<proto::OpenSlice>& open) const {
  open.clear();
  const auto list = [&](const Thread& thread, const std::vector<Open>& stack) {
    for (const Open& slice : stack) {
      if (open.size() >= kMaxOpenSlices) return;
      if (slice.is_noted) continue;
      open.push_back(
          {thread.track_id, slice.start_ns, slice.name_id, slice.is_step, slice.step_number});
    }
  };
  for (const std::unique_ptr<Thread>& thread : threads_) {
    if (thread == nullptr) continue;
    list(*thread, thread->open);
    for (const DomainStack& stack : thread->domains) list(*thread, stack.open);
  }
  for (const ProcessRange& range : ranges_) {
    if (range.is_end || range.label.is_noted || open.size() >= kMaxOpenSlices) continue;
    open.push_back({range_track_id_, range.time_ns, range.label.name_id, range.label.is_step,
                    range.label.step_number});
  }
}

}  // namespace tbprof::collector
