#include "sampler/python_process.h"

#include <algorithm>
#include <cstring>

namespace tbprof::sampler {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::size_t kMaxInterpreters = 64;
constexpr std::size_t kMaxThreads = 8192;

template <typename Value>
Value value_at(const std::uint8_t* bytes, std::uint64_t offset) {
  Value value{};
  std::memcpy(&value, bytes + offset, sizeof value);
  return value;
}

}  // namespace

Result<std::unique_ptr<PythonProcess>> PythonProcess::open(const Memory& memory,
                                                           const PythonPlace& place) {
  const Error unreadable{ErrorCode::unavailable, "the interpreter's memory cannot be read"};
  int minor_version = place.minor_version;
  if (minor_version == 0) {
    std::uint64_t version = 0;  // 0x030d00f0 is 3.13.0
    if (!memory.read(place.version_word, version)) return unreadable;
    minor_version = version >> 24 == 3 ? static_cast<int>(version >> 16 & 0xff) : -1;
  }
  std::optional<PythonLayout> layout = layout_of_version(minor_version);
  if (minor_version == 13) {
    std::uint8_t description[kSelfDescriptionBytes];
    if (!memory.read(place.runtime, description, sizeof description)) return unreadable;
    if (is_free_threaded(description)) {
      return Error{ErrorCode::unsupported,
                   "a Python without the global lock keeps its stacks in another way"};
    }
    layout = layout_of_description(description);
  }
  if (!layout) {
    return Error{ErrorCode::unsupported, "this version of Python is none of 3.9 to 3.13"};
  }
  return std::make_unique<PythonProcess>(memory, *layout, place);
}

bool PythonProcess::find_threads() {
  std::vector<Thread> found;
  std::vector<std::uint8_t> bytes(layout_.thread_bytes());
  std::uint64_t interpreter = 0;
  if (!memory_.read(place_.runtime + layout_.runtime_interpreters, interpreter)) return false;
  for (std::size_t i = 0; interpreter != 0 && i < kMaxInterpreters; ++i) {
    std::uint64_t address = 0;
    if (!memory_.read(interpreter + layout_.interpreter_threads, address)) return false;
    while (address != 0 && found.size() < kMaxThreads) {
      if (!memory_.read(address, bytes.data(), bytes.size())) return false;
      Thread& thread = found.emplace_back();
      thread.address = address;
      thread.id = value_at<std::uint64_t>(bytes.data(), layout_.thread_id);
      if (layout_.native_thread_id != 0) {
        thread.native_id = value_at<std::int64_t>(bytes.data(), layout_.native_thread_id);
      }
      address = value_at<std::uint64_t>(bytes.data(), layout_.thread_next);
    }
    if (!memory_.read(interpreter + layout_.interpreter_next, interpreter)) return false;
  }
  if (found.empty()) return false;
  threads_ = std::move(found);
  return true;
}

bool PythonProcess::innermost_frame(const Thread& thread, std::uint64_t& address) const {
  std::uint8_t bytes[4096 + 8];
  const std::size_t size_bytes = layout_.thread_bytes();
  if (size_bytes > sizeof bytes || !memory_.read(thread.address, bytes, size_bytes)) return false;
  // A thread that ended may have left its memory to another.
  if (value_at<std::uint64_t>(bytes, layout_.thread_id) != thread.id) return false;
  address = value_at<std::uint64_t>(bytes, layout_.thread_frame);
  if (!layout_.frame_is_indirect) return true;
  return address != 0 && memory_.read(address + layout_.frame_in_pointee, address);
}

// Most frames stay from look to look: all that were there are read at once.
void PythonProcess::read_ahead(const Thread& thread) {
  const std::size_t frame_bytes = layout_.frame_bytes();
  ahead_addresses_.assign(thread.frames.begin(), thread.frames.end());
  ahead_.resize(ahead_addresses_.size() * frame_bytes);
  pieces_.clear();
  for (std::size_t i = 0; i < ahead_addresses_.size(); ++i) {
    pieces_.push_back({ahead_addresses_[i], ahead_.data() + i * frame_bytes, frame_bytes});
  }
  ahead_count_ = pieces_.empty() ? 0 : memory_.read_pieces(pieces_);
  ahead_next_ = 0;
}

PythonProcess::RawFrame PythonProcess::decode_frame(std::uint64_t address,
                                                    const std::uint8_t* bytes) const {
  RawFrame frame;
  frame.address = address;
  frame.previous = value_at<std::uint64_t>(bytes, layout_.frame_previous);
  frame.code = value_at<std::uint64_t>(bytes, layout_.frame_code);
  frame.instruction = layout_.lines == LineFormat::locations_3_11
                          ? value_at<std::uint64_t>(bytes, layout_.frame_instruction)
                          : value_at<std::uint32_t>(bytes, layout_.frame_instruction);
  frame.is_c_stack = layout_.frame_owner && bytes[*layout_.frame_owner] == layout_.owner_c_stack;
  return frame;
}

bool PythonProcess::read_frame(std::uint64_t address, RawFrame& frame) {
  const std::size_t frame_bytes = layout_.frame_bytes();
  for (std::size_t i = ahead_next_; i < ahead_count_; ++i) {
    if (ahead_addresses_[i] != address) continue;
    ahead_next_ = i + 1;
    frame = decode_frame(address, ahead_.data() + i * frame_bytes);
    return true;
  }
  std::uint8_t bytes[4096 + 8];
  if (frame_bytes > sizeof bytes || !memory_.read(address, bytes, frame_bytes)) return false;
  frame = decode_frame(address, bytes);
  return true;
}

std::uint32_t PythonProcess::line_of(const PythonCode& code, const RawFrame& frame) const {
  switch (layout_.lines) {
    case LineFormat::lnotab_3_9:
      return code.lines.line_at(frame.instruction);
    case LineFormat::linetable_3_10:
      return code.lines.line_at(frame.instruction * 2);
    case LineFormat::locations_3_11:
      break;
  }
  const std::uint64_t begin = frame.code + layout_.code_instructions;
  return frame.instruction < begin ? 0 : code.lines.line_at(frame.instruction - begin);
}

// The heads of all code objects are read in one go, then looked up.
bool PythonProcess::name_frames(std::vector<PythonFrame>& stack) {
  const std::size_t code_bytes = layout_.code_bytes();
  code_heads_.resize(frames_.size() * code_bytes);
  pieces_.clear();
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    pieces_.push_back({frames_[i].code, code_heads_.data() + i * code_bytes, code_bytes});
  }
  if (memory_.read_pieces(pieces_) != pieces_.size()) return false;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const auto id =
        codes_.find(frames_[i].code, std::span(code_heads_).subspan(i * code_bytes, code_bytes));
    if (!id) return false;
    stack.push_back({*id, line_of(codes_.code(*id), frames_[i])});
  }
  return true;
}

PythonProcess::Look PythonProcess::look(Thread& thread, std::vector<PythonFrame>& stack) {
  stack.clear();
  frames_.clear();
  std::uint64_t address = 0;
  if (!innermost_frame(thread, address)) return Look::torn;
  if (address == 0) return Look::no_python;
  read_ahead(thread);
  thread.frames.clear();
  while (address != 0 && thread.frames.size() < kMaxDepth) {
    RawFrame frame;
    if (!read_frame(address, frame)) return Look::torn;
    thread.frames.push_back(address);
    if (!frame.is_c_stack) frames_.push_back(frame);
    if (frame.previous == address) return Look::torn;
    address = frame.previous;
  }
  if (frames_.empty()) return Look::no_python;
  return name_frames(stack) ? Look::stack : Look::torn;
}

}  // namespace tbprof::sampler
