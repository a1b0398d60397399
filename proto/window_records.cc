#include "proto/window_records.h"

#include "proto/chunk_records.h"
#include "proto/packed_column.h"
#include "proto/trace_fields.h"
#include "proto/wire.h"

namespace tbprof::proto {
namespace {

namespace field_of = field::noted_steps;

std::int64_t end_of(const NotedStep& step) { return wrapping_sum(step.start_ns, step.duration_ns); }

}  // namespace

void write_window(const RecordingWindow& window, std::string& out) {
  WireWriter writer(out);
  writer.varint(field::window::kNumber, window.number);
  writer.zigzag_varint(field::window::kStart, window.start_ns);
  if (!window.is_open) writer.zigzag_varint(field::window::kEnd, window.end_ns);
  writer.varint(field::window::kCause, static_cast<std::uint64_t>(window.cause));
  if (!window.label.empty()) writer.bytes(field::window::kLabel, window.label);
}

bool decode_window(std::span<const std::uint8_t> message, RecordingWindow& window) {
  window.is_open = true;
  WireReader reader(message);
  while (reader.next()) {
    if (reader.is_varint(field::window::kNumber)) {
      window.number = id_of_code(reader.number());
    } else if (reader.is_varint(field::window::kStart)) {
      window.start_ns = reader.zigzag_number();
    } else if (reader.is_varint(field::window::kEnd)) {
      window.end_ns = reader.zigzag_number();
      window.is_open = false;
    } else if (reader.is_varint(field::window::kCause)) {
      window.cause = static_cast<WindowCause>(reader.number() < 255 ? reader.number() : 255);
    } else if (reader.is_bytes(field::window::kLabel)) {
      window.label = reader.text();
    }
  }
  return reader.ok();
}

void encode_noted_steps(const std::vector<NotedStep>& steps, PackedWriter& packed,
                        std::string& body) {
  if (steps.empty()) return;
  std::string message;
  WireWriter writer(message);
  const auto write_column = [&](std::uint32_t column, auto code) {
    packed.start(steps.size());
    NotedStep previous;
    for (const NotedStep& step : steps) {
      packed.add(code(step, previous));
      previous = step;
    }
    writer.bytes(column, packed.column());
  };
  write_column(field_of::kNumber, [](const NotedStep& step, const NotedStep& previous) {
    return zigzag(wrapping_difference(step.number, previous.number));
  });
  write_column(field_of::kGap, [](const NotedStep& step, const NotedStep& previous) {
    return zigzag(wrapping_difference(step.start_ns, end_of(previous)));
  });
  write_column(field_of::kDuration, [](const NotedStep& step, const NotedStep&) {
    return static_cast<std::uint64_t>(step.duration_ns);
  });
  WireWriter(body).bytes(field::chunk::kNotedSteps, message);
}

bool decode_noted_steps(std::span<const std::uint8_t> message, std::vector<NotedStep>& steps) {
  std::span<const std::uint8_t> columns[3];
  WireReader reader(message);
  while (reader.next()) {
    for (std::uint32_t k = 0; k < 3; ++k) {
      if (reader.is_bytes(field_of::kNumber + k)) columns[k] = reader.bytes();
    }
  }
  if (!reader.ok()) return false;
  const std::size_t count = count_packed(columns[0]);
  std::vector<std::uint64_t> codes[3];
  for (std::size_t k = 0; k < 3; ++k) {
    codes[k].resize(count);
    if (!decode_packed(columns[k], std::span(codes[k]))) return false;
  }
  NotedStep previous;
  for (std::size_t i = 0; i < count; ++i) {
    NotedStep& step = steps.emplace_back();
    step.number = wrapping_sum(previous.number, unzigzag(codes[0][i]));
    step.start_ns = wrapping_sum(end_of(previous), unzigzag(codes[1][i]));
    step.duration_ns = static_cast<std::int64_t>(codes[2][i]);
    previous = step;
  }
  return true;
}

}  // namespace tbprof::proto
