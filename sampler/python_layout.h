// Where CPython keeps what a call stack is read from, by version. Values. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tbprof::sampler {

// How a code object tells lines.
enum class LineFormat : std::uint8_t { lnotab_3_9, linetable_3_10, locations_3_11 };

// Offsets in bytes from the beginning of what is named.
struct PythonLayout {
  int minor_version = 0;
  std::uint64_t runtime_interpreters = 0;
  std::uint64_t interpreter_next = 0;
  std::uint64_t interpreter_threads = 0;
  std::uint64_t thread_next = 0;
  std::uint64_t thread_frame = 0;      // the frame, or what points to it
  bool frame_is_indirect = false;      // 3.11 and 3.12
  std::uint64_t frame_in_pointee = 0;  // then: where the frame's address is there
  std::uint64_t thread_id = 0;         // pthread_self()
  std::uint64_t native_thread_id = 0;  // 0: there is none
  std::uint64_t frame_previous = 0;
  std::uint64_t frame_code = 0;
  std::uint64_t frame_instruction = 0;  // an address, or before 3.11 an index of 32 bits
  std::optional<std::uint64_t> frame_owner;
  std::uint8_t owner_c_stack = 0xff;  // such a frame is none of Python's code
  std::uint64_t code_filename = 0;
  std::uint64_t code_name = 0;
  std::uint64_t code_first_line = 0;
  std::uint64_t code_line_table = 0;
  std::uint64_t code_instructions = 0;  // 3.11 on
  LineFormat lines = LineFormat::locations_3_11;
  std::uint64_t object_type = 0;
  std::uint64_t text_length = 0;
  std::uint64_t text_state = 0;
  std::uint64_t ascii_text = 0;  // where the characters of a text of ASCII begin
  std::uint64_t other_text = 0;  // and of another
  std::uint64_t bytes_size = 0;
  std::uint64_t bytes_data = 0;

  // How much of each is read at once.
  std::size_t thread_bytes() const;
  std::size_t frame_bytes() const;
  std::size_t code_bytes() const;
};

// 3.9 to 3.12.
std::optional<PythonLayout> layout_of_version(int minor_version);

// 3.13 says it itself, at the head of its runtime.
inline constexpr std::size_t kSelfDescriptionBytes = 584;
// Nothing if it is of another version, of a build without the global lock, or not sane.
std::optional<PythonLayout> layout_of_description(std::span<const std::uint8_t> description);
bool is_free_threaded(std::span<const std::uint8_t> description);

}  // namespace tbprof::sampler
