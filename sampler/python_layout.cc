#include "sampler/python_layout.h"

#include <algorithm>
#include <cstring>

namespace tbprof::sampler {
namespace {

// No struct that is read of is longer; offsets beyond are not sane.
constexpr std::uint64_t kMaxOffset = 4096;
constexpr std::uint64_t kMaxStateOffset = std::uint64_t{1} << 20;  // of runtime and interpreter

// Places of the words of 8 bytes in the self-description of 3.13.
enum Word : std::size_t {
  kCookie = 0,
  kVersion = 1,
  kFreeThreaded = 2,
  kRuntimeInterpreters = 5,
  kInterpreterNext = 8,
  kInterpreterThreads = 9,
  kThreadNext = 21,
  kThreadFrame = 23,
  kThreadId = 24,
  kThreadNativeId = 25,
  kFramePrevious = 29,
  kFrameExecutable = 30,
  kFrameInstruction = 31,
  kFrameOwner = 33,
  kCodeFilename = 35,
  kCodeName = 36,
  kCodeQualifiedName = 37,
  kCodeLineTable = 38,
  kCodeFirstLine = 39,
  kCodeInstructions = 43,
  kObjectType = 45,
  kBytesSize = 65,
  kBytesData = 66,
  kTextState = 68,
  kTextLength = 69,
  kTextAsciiBytes = 70,
  kWords = 73,
};
static_assert(kWords * sizeof(std::uint64_t) == kSelfDescriptionBytes);

std::uint64_t word(std::span<const std::uint8_t> description, Word which) {
  std::uint64_t value = 0;
  std::memcpy(&value, description.data() + which * sizeof value, sizeof value);
  return value;
}

// What 3.9 and 3.10 have in common.
PythonLayout layout_with_frame_objects() {
  PythonLayout layout;
  layout.runtime_interpreters = 32;
  layout.interpreter_next = 0;
  layout.interpreter_threads = 8;
  layout.thread_next = 8;
  layout.thread_frame = 24;
  layout.thread_id = 176;
  layout.frame_previous = 24;
  layout.frame_code = 32;
  layout.code_filename = 104;
  layout.code_name = 112;
  layout.code_first_line = 40;
  layout.code_line_table = 120;
  layout.object_type = 8;
  layout.text_length = 16;
  layout.text_state = 32;
  layout.ascii_text = 48;
  layout.other_text = 72;
  layout.bytes_size = 16;
  layout.bytes_data = 32;
  return layout;
}

// What 3.11 and 3.12 have in common.
PythonLayout layout_with_light_frames() {
  PythonLayout layout = layout_with_frame_objects();
  layout.runtime_interpreters = 40;
  layout.thread_frame = 56;
  layout.frame_is_indirect = true;
  layout.frame_instruction = 56;
  layout.code_filename = 112;
  layout.code_name = 128;  // the qualified one
  layout.code_line_table = 136;
  layout.lines = LineFormat::locations_3_11;
  return layout;
}

}  // namespace

std::size_t PythonLayout::thread_bytes() const {
  return std::max({thread_next, thread_frame, thread_id, native_thread_id}) + 8;
}

std::size_t PythonLayout::frame_bytes() const {
  return std::max({frame_previous, frame_code, frame_instruction, frame_owner.value_or(0)}) + 8;
}

std::size_t PythonLayout::code_bytes() const {
  return std::max({code_filename, code_name, code_first_line, code_line_table, object_type}) + 8;
}

std::optional<PythonLayout> layout_of_version(int minor_version) {
  PythonLayout layout =
      minor_version <= 10 ? layout_with_frame_objects() : layout_with_light_frames();
  layout.minor_version = minor_version;
  switch (minor_version) {
    case 9:
      layout.frame_instruction = 104;
      layout.lines = LineFormat::lnotab_3_9;
      return layout;
    case 10:
      layout.frame_instruction = 96;
      layout.lines = LineFormat::linetable_3_10;
      return layout;
    case 11:
      layout.interpreter_threads = 16;
      layout.thread_id = 152;
      layout.native_thread_id = 160;
      layout.frame_in_pointee = 8;
      layout.frame_previous = 48;
      layout.frame_owner = 69;
      layout.code_first_line = 72;
      layout.code_instructions = 184;
      return layout;
    case 12:
      layout.interpreter_threads = 72;
      layout.thread_id = 136;
      layout.native_thread_id = 144;
      layout.frame_in_pointee = 0;
      layout.frame_previous = 8;
      layout.frame_code = 0;
      layout.frame_owner = 70;
      layout.owner_c_stack = 3;
      layout.code_first_line = 68;
      layout.code_instructions = 192;
      layout.ascii_text = 40;
      layout.other_text = 56;
      return layout;
    default:
      return std::nullopt;
  }
}

bool is_free_threaded(std::span<const std::uint8_t> description) {
  return description.size() >= kSelfDescriptionBytes && word(description, kFreeThreaded) != 0;
}

std::optional<PythonLayout> layout_of_description(std::span<const std::uint8_t> description) {
  if (description.size() < kSelfDescriptionBytes ||
      std::memcmp(description.data(), "xdebugpy", 8) != 0 ||
      word(description, kVersion) >> 16 != 0x030d || is_free_threaded(description)) {
    return std::nullopt;
  }
  const auto at = [&](Word which) { return word(description, which); };
  PythonLayout layout;
  layout.minor_version = 13;
  layout.runtime_interpreters = at(kRuntimeInterpreters);
  layout.interpreter_next = at(kInterpreterNext);
  layout.interpreter_threads = at(kInterpreterThreads);
  layout.thread_next = at(kThreadNext);
  layout.thread_frame = at(kThreadFrame);
  layout.thread_id = at(kThreadId);
  layout.native_thread_id = at(kThreadNativeId);
  layout.frame_previous = at(kFramePrevious);
  layout.frame_code = at(kFrameExecutable);
  layout.frame_instruction = at(kFrameInstruction);
  layout.frame_owner = at(kFrameOwner);
  layout.owner_c_stack = 3;
  layout.code_filename = at(kCodeFilename);
  layout.code_name = at(kCodeQualifiedName);
  layout.code_first_line = at(kCodeFirstLine);
  layout.code_line_table = at(kCodeLineTable);
  layout.code_instructions = at(kCodeInstructions);
  layout.object_type = at(kObjectType);
  layout.text_length = at(kTextLength);
  layout.text_state = at(kTextState);
  layout.ascii_text = at(kTextAsciiBytes);
  layout.other_text = layout.ascii_text + 16;  // two more words: the length and place of its UTF-8
  layout.bytes_size = at(kBytesSize);
  layout.bytes_data = at(kBytesData);
  const bool is_sane =
      std::max({layout.runtime_interpreters, layout.interpreter_next,
                layout.interpreter_threads}) <= kMaxStateOffset &&
      std::max({layout.thread_next, layout.thread_frame, layout.thread_id, layout.native_thread_id,
                layout.frame_previous, layout.frame_code, layout.frame_instruction,
                *layout.frame_owner, layout.code_filename, layout.code_name, layout.code_first_line,
                layout.code_line_table, layout.code_instructions, layout.object_type,
                layout.text_length, layout.text_state, layout.ascii_text, layout.bytes_size,
                layout.bytes_data}) <= kMaxOffset;
  return is_sane ? std::optional(layout) : std::nullopt;
}

}  // namespace tbprof::sampler
