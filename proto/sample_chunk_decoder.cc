#include "proto/chunk_records.h"
#include "proto/packed_column.h"
#include "proto/property_record.h"
#include "proto/sample_chunk.h"
#include "proto/sample_fields.h"
#include "proto/slice_columns.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

using Bytes = std::span<const std::uint8_t>;

Error corrupt_samples(const char* what) {
  return {ErrorCode::corrupt,
          std::string("A record of samples has ") + what + "; the record is left out."};
}

// The columns of frames and stacks, in which each has one value.
struct Columns {
  Bytes function;
  Bytes file;
  Bytes line;
  Bytes caller;
  Bytes frame;
};

bool decode_column(Bytes column, std::size_t count, std::vector<std::uint64_t>& codes) {
  codes.resize(count);
  return decode_packed(column, std::span(codes));
}

bool decode_frames(const Columns& columns, SampleChunk& chunk) {
  const std::size_t count = count_packed(columns.function);
  std::vector<std::uint64_t> codes;
  if (!decode_column(columns.function, count, codes)) return false;
  chunk.frames.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    chunk.frames[i].function_string_id = optional_id_of_code(codes[i]);
  }
  if (!decode_column(columns.file, count, codes)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    chunk.frames[i].file_string_id = optional_id_of_code(codes[i]);
  }
  if (!decode_column(columns.line, count, codes)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    chunk.frames[i].line = codes[i] <= INT32_MAX ? static_cast<std::uint32_t>(codes[i]) : 0;
  }
  return true;
}

bool decode_stacks(const Columns& columns, SampleChunk& chunk) {
  const std::size_t count = count_packed(columns.caller);
  std::vector<std::uint64_t> codes;
  if (!decode_column(columns.caller, count, codes)) return false;
  chunk.stacks.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t own_id = std::uint64_t{chunk.first_stack_id} + i;
    if (codes[i] > own_id) return false;
    chunk.stacks[i].caller_id = codes[i] == 0 ? kNoId : id_of_code(own_id - codes[i]);
  }
  if (!decode_column(columns.frame, count, codes)) return false;
  for (std::size_t i = 0; i < count; ++i) {
    chunk.stacks[i].frame_id = optional_id_of_code(codes[i]);
  }
  return true;
}

bool decode_thread(WireReader reader, SampledThread& thread) {
  while (reader.next()) {
    if (reader.is_varint(field::sampled_thread::kId)) {
      thread.id = id_of_code(reader.number());
    } else if (reader.is_varint(field::sampled_thread::kTid)) {
      thread.tid = reader.zigzag_number();
    } else if (reader.is_varint(field::sampled_thread::kName)) {
      thread.name_string_id = optional_id_of_code(reader.number());
    }
  }
  return reader.ok();
}

bool decode_times(Bytes gaps, Bytes durations, std::size_t count, SampleBlock& block) {
  std::vector<std::uint64_t> codes;
  if (!decode_column(durations, count, codes)) return false;
  block.duration_ns.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    block.duration_ns[i] = static_cast<std::int64_t>(codes[i]);
  }
  if (!decode_column(gaps, count, codes)) return false;
  block.start_ns.resize(count);
  std::int64_t end_ns = 0;
  for (std::size_t i = 0; i < count; ++i) {
    block.start_ns[i] = wrapping_sum(end_ns, unzigzag(codes[i]));
    end_ns = wrapping_sum(block.start_ns[i], block.duration_ns[i]);
  }
  return true;
}

bool decode_block(WireReader reader, SampleBlock& block) {
  Bytes columns[field::sample_block::kDelay + 1];
  while (reader.next()) {
    if (reader.is_varint(field::sample_block::kThread)) {
      block.thread_id = id_of_code(reader.number());
      continue;
    }
    for (std::uint32_t k = field::sample_block::kGap; k <= field::sample_block::kDelay; ++k) {
      if (reader.is_bytes(k)) columns[k] = reader.bytes();
    }
  }
  const std::size_t count = count_packed(columns[field::sample_block::kGap]);
  const auto decode = [&](std::uint32_t k, auto& values) {
    values.resize(count);
    return decode_packed(columns[k], std::span(values));
  };
  if (!reader.ok() || count == 0 ||
      !decode_times(columns[field::sample_block::kGap], columns[field::sample_block::kDuration],
                    count, block) ||
      !decode(field::sample_block::kCount, block.count) ||
      !decode(field::sample_block::kState, block.state) ||
      !decode(field::sample_block::kStack, block.stack_id) ||
      !decode(field::sample_block::kPlace, block.place_id) ||
      !decode(field::sample_block::kCpu, block.cpu_ns) ||
      !decode(field::sample_block::kDelay, block.delay_ns)) {
    return false;
  }
  for (std::uint32_t& id : block.stack_id) --id;  // 0, none, becomes kNoId
  for (std::uint32_t& id : block.place_id) --id;
  for (std::uint32_t& state : block.state) state = state < kThreadStateCount ? state : 0;
  return true;
}

// False if the field that `reader` stands at is malformed; an unknown one is passed over.
bool decode_field(const WireReader& reader, Columns& columns, SampleChunk& chunk) {
  const WireReader message(reader.bytes());
  if (reader.is_bytes(field::samples::kString)) {
    chunk.strings.emplace_back(reader.text());
  } else if (reader.is_bytes(field::samples::kFrameFunction)) {
    columns.function = reader.bytes();
  } else if (reader.is_bytes(field::samples::kFrameFile)) {
    columns.file = reader.bytes();
  } else if (reader.is_bytes(field::samples::kFrameLine)) {
    columns.line = reader.bytes();
  } else if (reader.is_bytes(field::samples::kStackCaller)) {
    columns.caller = reader.bytes();
  } else if (reader.is_bytes(field::samples::kStackFrame)) {
    columns.frame = reader.bytes();
  } else if (reader.is_bytes(field::samples::kThread)) {
    return decode_thread(message, chunk.threads.emplace_back());
  } else if (reader.is_bytes(field::samples::kBlock)) {
    return decode_block(message, chunk.blocks.emplace_back());
  } else if (reader.is_bytes(field::samples::kProperty)) {
    return decode_property(message, chunk.properties.emplace_back());
  }
  return true;
}

}  // namespace

bool is_sample_record(Bytes payload) {
  WireReader reader(payload);
  return reader.next() && reader.is(field::kSamplesOf, WireType::fixed64);
}

bool is_last_sample_record(Bytes payload) {
  WireReader reader(payload);
  if (!reader.next() || !reader.is(field::kSamplesOf, WireType::fixed64)) return false;
  while (reader.next()) {
    if (reader.is_varint(field::sample_envelope::kIsLast)) return reader.number() != 0;
  }
  return false;
}

Result<> SampleChunkDecoder::decode_body(Bytes body, SampleChunk& chunk) {
  Columns columns;
  std::uint64_t fields = 0;
  WireReader reader(body);
  while (reader.next()) {
    // A field may take two bytes here and hundreds in memory.
    if (++fields > kMaxChunkFields) return corrupt_samples("too many fields");
    if (!decode_field(reader, columns, chunk)) return corrupt_samples("a malformed field");
  }
  if (!reader.ok()) return corrupt_samples("a malformed field");
  if (!decode_frames(columns, chunk)) return corrupt_samples("malformed frames");
  if (!decode_stacks(columns, chunk)) return corrupt_samples("malformed stacks");
  return success();
}

Result<> SampleChunkDecoder::decode(Bytes payload, SampleChunk& chunk) {
  chunk = SampleChunk();
  WireReader reader(payload);
  if (!reader.next() || !reader.is(field::kSamplesOf, WireType::fixed64)) {
    return corrupt_samples("another kind");
  }
  chunk.file_id = reader.number();
  PackedBody body;
  while (reader.next()) {
    if (reader.is_varint(field::envelope::kCodec)) {
      body.codec = reader.number();
    } else if (reader.is_varint(field::envelope::kRawSize)) {
      body.raw_size_bytes = reader.number();
    } else if (reader.is_bytes(field::envelope::kBody)) {
      body.bytes = reader.bytes();
    } else if (reader.is_varint(field::sample_envelope::kSequence)) {
      chunk.sequence = reader.number();
    } else if (reader.is_varint(field::sample_envelope::kFirstString)) {
      chunk.first_string_id = id_of_code(reader.number());
    } else if (reader.is_varint(field::sample_envelope::kFirstFrame)) {
      chunk.first_frame_id = id_of_code(reader.number());
    } else if (reader.is_varint(field::sample_envelope::kFirstStack)) {
      chunk.first_stack_id = id_of_code(reader.number());
    } else if (reader.is_varint(field::sample_envelope::kIsLast)) {
      chunk.is_last = reader.number() != 0;
    } else if (reader.is_varint(field::sample_envelope::kCoveredUntil)) {
      chunk.covered_until_ns = reader.zigzag_number();
    }
  }
  if (!reader.ok()) return corrupt_samples("a malformed head");
  return decode_body(TBPROF_TRY(decompressor_.open(body)), chunk);
}

}  // namespace tbprof::proto
