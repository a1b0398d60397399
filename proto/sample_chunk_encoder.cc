#include "proto/chunk_records.h"
#include "proto/property_record.h"
#include "proto/sample_chunk.h"
#include "proto/sample_fields.h"
#include "proto/slice_columns.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

// How far back the caller lies; 0: it has none.
std::uint64_t code_of_caller(std::uint32_t stack_id, std::uint32_t caller_id) {
  return caller_id == kNoId ? 0 : stack_id - caller_id;
}

}  // namespace

const char* thread_state_name(ThreadState state) {
  constexpr const char* names[] = {"unknown", "running", "sleeping", "blocked", "stopped"};
  static_assert(sizeof names / sizeof names[0] == kThreadStateCount);
  const auto index = static_cast<std::size_t>(state);
  return index < kThreadStateCount ? names[index] : "unknown";
}

void SampleChunkEncoder::encode_block(const SampleBlock& block) {
  const std::size_t count = block.start_ns.size();
  message_.clear();
  WireWriter writer(message_);
  const auto write = [&](std::uint32_t field, auto code_of_row) {
    packed_.start(count);
    for (std::size_t i = 0; i < count; ++i) packed_.add(code_of_row(i));
    writer.bytes(field, packed_.column());
  };
  writer.varint(field::sample_block::kThread, block.thread_id);
  std::int64_t end_ns = 0;
  write(field::sample_block::kGap, [&](std::size_t i) {
    const std::int64_t gap_ns = wrapping_difference(block.start_ns[i], end_ns);
    end_ns = wrapping_sum(block.start_ns[i], block.duration_ns[i]);
    return zigzag(gap_ns);
  });
  write(field::sample_block::kDuration,
        [&](std::size_t i) { return static_cast<std::uint64_t>(block.duration_ns[i]); });
  write(field::sample_block::kCount, [&](std::size_t i) { return block.count[i]; });
  write(field::sample_block::kState, [&](std::size_t i) { return block.state[i]; });
  write(field::sample_block::kStack,
        [&](std::size_t i) { return code_of_optional_id(block.stack_id[i]); });
  write(field::sample_block::kPlace,
        [&](std::size_t i) { return code_of_optional_id(block.place_id[i]); });
  write(field::sample_block::kCpu, [&](std::size_t i) { return block.cpu_ns[i]; });
  write(field::sample_block::kDelay, [&](std::size_t i) { return block.delay_ns[i]; });
  WireWriter(body_).bytes(field::samples::kBlock, message_);
}

void SampleChunkEncoder::encode_body(const SampleChunk& chunk) {
  body_.clear();
  WireWriter writer(body_);
  const auto write = [&](std::uint32_t field, std::size_t count, auto code_of_row) {
    if (count == 0) return;
    packed_.start(count);
    for (std::size_t i = 0; i < count; ++i) packed_.add(code_of_row(i));
    writer.bytes(field, packed_.column());
  };
  for (const std::string& text : chunk.strings) writer.bytes(field::samples::kString, text);
  const std::size_t frames = chunk.frames.size();
  write(field::samples::kFrameFunction, frames,
        [&](std::size_t i) { return code_of_optional_id(chunk.frames[i].function_string_id); });
  write(field::samples::kFrameFile, frames,
        [&](std::size_t i) { return code_of_optional_id(chunk.frames[i].file_string_id); });
  write(field::samples::kFrameLine, frames, [&](std::size_t i) { return chunk.frames[i].line; });
  const std::size_t stacks = chunk.stacks.size();
  write(field::samples::kStackCaller, stacks, [&](std::size_t i) {
    return code_of_caller(chunk.first_stack_id + static_cast<std::uint32_t>(i),
                          chunk.stacks[i].caller_id);
  });
  write(field::samples::kStackFrame, stacks,
        [&](std::size_t i) { return code_of_optional_id(chunk.stacks[i].frame_id); });
  for (const SampledThread& thread : chunk.threads) {
    message_.clear();
    WireWriter message(message_);
    message.varint(field::sampled_thread::kId, thread.id);
    message.zigzag_varint(field::sampled_thread::kTid, thread.tid);
    message.varint(field::sampled_thread::kName, code_of_optional_id(thread.name_string_id));
    writer.bytes(field::samples::kThread, message_);
  }
  for (const SampleBlock& block : chunk.blocks) {
    if (!block.start_ns.empty()) encode_block(block);
  }
  for (const Property& property : chunk.properties) {
    message_.clear();
    write_property(property, message_);
    writer.bytes(field::samples::kProperty, message_);
  }
}

std::span<const std::uint8_t> SampleChunkEncoder::encode(const SampleChunk& chunk) {
  encode_body(chunk);
  payload_.clear();
  WireWriter writer(payload_);
  writer.fixed64(field::kSamplesOf, file_id_);
  writer.varint(field::sample_envelope::kSequence, chunk.sequence);
  writer.varint(field::sample_envelope::kFirstString, chunk.first_string_id);
  writer.varint(field::sample_envelope::kFirstFrame, chunk.first_frame_id);
  writer.varint(field::sample_envelope::kFirstStack, chunk.first_stack_id);
  writer.varint(field::sample_envelope::kIsLast, chunk.is_last ? 1 : 0);
  writer.zigzag_varint(field::sample_envelope::kCoveredUntil, chunk.covered_until_ns);
  compressor_.append_body(body_, payload_);
  return bytes_of(payload_);
}

}  // namespace tbprof::proto
