#include "analyzer/import/samples_reader.h"

#include <algorithm>
#include <charconv>

#include "analyzer/import/utf8.h"
#include "proto/trace_decoder.h"

namespace tbprof::analyzer::import {
namespace {

using trace::kNoSample;

// Further from zero no clock goes; differences of such times cannot overflow.
constexpr std::int64_t kMaxTimeNs = INT64_MAX / 4;

bool is_sane(std::int64_t start_ns, std::int64_t duration_ns) {
  return start_ns >= -kMaxTimeNs && start_ns <= kMaxTimeNs && duration_ns >= 0 &&
         duration_ns <= kMaxTimeNs;
}

std::int64_t bounded(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, kMaxTimeNs));
}

std::uint32_t found_or_none(const std::uint32_t* found) {
  return found == nullptr ? kNoSample : *found;
}

// Of an amount that belongs to the whole, what falls to a part.
std::int64_t share(std::int64_t amount, std::int64_t part_ns, std::int64_t whole_ns) {
  if (whole_ns <= 0) return 0;
  return static_cast<std::int64_t>(static_cast<double>(amount) * static_cast<double>(part_ns) /
                                   static_cast<double>(whole_ns));
}

}  // namespace

void SamplesReader::read(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < offset_) *this = SamplesReader(options_, max_memory_bytes_);
  proto::RecordReader records(bytes.subspan(offset_), offset_, options_);
  proto::RecordView record;
  while (records.next(record) == proto::ReadStatus::record) read_record(record);
  offset_ = records.offset();
  damage_.bad_payloads += records.damage().bad_payloads;
  damage_.bad_lengths += records.damage().bad_lengths;
}

void SamplesReader::read_record(const proto::RecordView& record) {
  if (!proto::is_sample_record(record.payload)) {
    auto header = proto::decode_header(record.payload);
    if (header.ok() && !header_) {
      header_ = std::move(header.value());
      if (!file_id_) file_id_ = header_->file_id;
    } else if (!header.ok()) {
      ++bad_records_;
    }
    return;
  }
  proto::SampleChunk chunk;
  const auto decoded = decoder_->decode(record.payload, chunk);
  if (!decoded.ok()) {
    ++bad_records_;
    return;
  }
  if (!file_id_) file_id_ = chunk.file_id;
  if (chunk.file_id != *file_id_ || chunk.sequence < next_sequence_) {
    ++bad_records_;
    return;
  }
  lost_chunks_ += chunk.sequence - next_sequence_;
  next_sequence_ = chunk.sequence + 1;
  is_complete_ = chunk.is_last;
  add(chunk);
}

std::uint32_t SamplesReader::text_of(std::uint32_t string_id) const {
  return found_or_none(strings_.find(string_id));
}

// Bytes that compress a thousandfold must not take the machine's memory. Nothing more is taken once
// something found no room, so that ids go on meaning what they meant.
bool SamplesReader::take_room(std::size_t bytes) {
  is_full_ |= bytes > max_memory_bytes_ - memory_bytes_;
  if (is_full_) {
    ++bad_records_;
    return false;
  }
  memory_bytes_ += bytes;
  return true;
}

void SamplesReader::define(const proto::SampleChunk& chunk) {
  std::string scratch;
  strings_.begin_at(chunk.first_string_id);
  for (const std::string& text : chunk.strings) {
    if (!take_room(sizeof(text) + text.size() + sizeof(std::uint32_t))) break;
    strings_.add(static_cast<std::uint32_t>(texts_.size()));
    texts_.emplace_back(valid_utf8(text, scratch));
  }
  frame_ids_.begin_at(chunk.first_frame_id);
  for (const proto::SampledFrame& frame : chunk.frames) {
    if (!take_room(sizeof(trace::SampleFrame) + sizeof(std::uint32_t))) break;
    frame_ids_.add(static_cast<std::uint32_t>(frames_.size()));
    frames_.push_back(
        {text_of(frame.function_string_id), text_of(frame.file_string_id), frame.line});
  }
  stack_ids_.begin_at(chunk.first_stack_id);
  for (const proto::SampledStack& stack : chunk.stacks) {
    if (!take_room(sizeof(trace::SampleStack) + sizeof(std::uint32_t))) break;
    // Looked up before its own id is there, so that callers always come first.
    const std::uint32_t caller = found_or_none(stack_ids_.find(stack.caller_id));
    stack_ids_.add(static_cast<std::uint32_t>(stacks_.size()));
    stacks_.push_back({caller, found_or_none(frame_ids_.find(stack.frame_id))});
  }
  for (const proto::SampledThread& thread : chunk.threads) {
    const std::uint32_t name = text_of(thread.name_string_id);
    const std::string text =
        name == kNoSample ? "thread " + std::to_string(thread.tid) : texts_[name];
    const bool is_new = threads_.count(thread.id) == 0;
    if (!take_room((is_new ? sizeof(Thread) : 0) + text.size())) break;
    Thread& known = threads_[thread.id];
    known.tid = thread.tid;
    known.name = text;
  }
  std::string second_scratch;
  for (const proto::Property& property : chunk.properties) {
    const std::string key(valid_utf8(property.key, scratch));
    const std::string_view value = valid_utf8(property.value, second_scratch);
    // Most come again in each chunk.
    const auto known = properties_.find(key);
    const bool is_new = known == properties_.end();
    if (!is_new) memory_bytes_ -= known->second.size();
    if (!take_room((is_new ? sizeof(property) + key.size() : 0) + value.size())) break;
    properties_[key] = value;
  }
}

void SamplesReader::add(const proto::SampleChunk& chunk) {
  define(chunk);
  for (const proto::SampleBlock& block : chunk.blocks) add_block(block);
  if (std::abs(chunk.covered_until_ns) <= kMaxTimeNs) {
    covered_until_ns_ = std::max(covered_until_ns_, chunk.covered_until_ns);
  }
}

void SamplesReader::add_block(const proto::SampleBlock& block) {
  if (!take_room(block.start_ns.size() * sizeof(trace::Sample))) return;
  Thread& thread = threads_[block.thread_id];
  for (std::size_t i = 0; i < block.start_ns.size(); ++i) {
    const std::int64_t start_ns = block.start_ns[i];
    const bool is_in_order = thread.rows.empty() || thread.rows.back().end_ns() <= start_ns;
    if (!is_sane(start_ns, block.duration_ns[i]) || !is_in_order) {
      ++bad_records_;
      continue;
    }
    trace::Sample row;
    row.start_ns = start_ns;
    row.duration_ns = block.duration_ns[i];
    row.cpu_ns = bounded(block.cpu_ns[i]);
    row.delay_ns = bounded(block.delay_ns[i]);
    row.count = block.count[i];
    row.state = static_cast<trace::ThreadState>(block.state[i]);
    row.stack = found_or_none(stack_ids_.find(block.stack_id[i]));
    row.place = text_of(block.place_id[i]);
    ++row_count_;
    thread.rows.push_back(row);
  }
}

trace::Samples SamplesReader::samples(std::int64_t from_ns, std::int64_t until_ns) const {
  trace::Samples samples;
  samples.frames = frames_;
  samples.stacks = stacks_;
  samples.texts = texts_;
  std::vector<std::pair<std::int64_t, const Thread*>> order;
  for (const auto& [id, thread] : threads_) {
    std::int64_t cpu_ns = 0;
    for (const trace::Sample& row : thread.rows) cpu_ns += std::min(row.cpu_ns, row.duration_ns);
    order.emplace_back(-cpu_ns, &thread);
  }
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  for (const auto& [unused, thread] : order) {
    trace::SampledThread sealed{thread->tid, thread->name, kNoSample, samples.rows.size(), 0};
    for (trace::Sample row : thread->rows) {
      const std::int64_t start_ns = std::max(row.start_ns, from_ns);
      const std::int64_t end_ns = std::min(row.end_ns(), until_ns);
      if (end_ns < start_ns || (end_ns == start_ns && row.duration_ns > 0)) continue;
      row.cpu_ns = share(row.cpu_ns, end_ns - start_ns, row.duration_ns);
      row.delay_ns = share(row.delay_ns, end_ns - start_ns, row.duration_ns);
      row.start_ns = start_ns;
      row.duration_ns = end_ns - start_ns;
      samples.rows.push_back(row);
    }
    sealed.row_count = samples.rows.size() - sealed.first_row;
    if (sealed.row_count > 0) samples.threads.push_back(std::move(sealed));
  }
  return samples;
}

std::uint64_t SamplesReader::counted(const char* property) const {
  const auto found = properties_.find(property);
  if (found == properties_.end()) return 0;
  std::uint64_t count = 0;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), count);
  return count;
}

void SamplesReader::report(LossTally& tally, bool writer_may_live) const {
  tally.add(
      "bad_samples",
      "[part|parts] of the samples beside this file [is|are] damaged, or more than memory may "
      "hold, and [was|were] left out",
      0, bad_records_ + lost_chunks_ + damage_.bad_payloads + damage_.bad_lengths);
  const bool is_cut = (header_ || has_samples()) && !is_complete_ && !writer_may_live;
  tally.add("cut_samples",
            "[file|files] of samples beside this one [ends|end] too early: `tbprof run` ended "
            "before it had written all that it saw",
            0, is_cut ? 1 : 0);
  tally.add("dropped_samples",
            "[stretch|stretches] of a thread's time [was|were] seen from outside and found no room",
            0, counted("sampler.dropped_rows"));
  tally.add("unseen_threads",
            "[thread|threads] of this process [was|were] not looked at from outside: there were "
            "more than are looked at, or files could not be opened",
            0, counted("sampler.missed_threads"));
  tally.add("unseen_processes",
            "[process|processes] of the program [was|were] not looked at from outside: there were "
            "more than are looked at, or files could not be opened",
            0, counted("sampler.missed_processes"));
  tally.add("unkept_processes",
            "busy [process|processes] of the program [was|were] looked at from outside and [has|"
            "have] no file, as there were too many",
            0, counted("sampler.missed_files"));
}

}  // namespace tbprof::analyzer::import
