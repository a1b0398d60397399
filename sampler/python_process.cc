#include "sampler/python_process.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace tbprof::sampler {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

constexpr std::size_t kMaxInterpreters = 64;
constexpr std::size_t kMaxThreads = 8192;
// Frames that lie so near to each other are read in one piece: a piece costs more than its bytes.
constexpr std::uint64_t kMaxStretchBytes = 2048;

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
  // Where a thread's frames lay is where they are looked for; what they were is read anew.
  std::unordered_map<std::uint64_t, Thread*> before;
  for (Thread& thread : threads_) before.emplace(thread.address, &thread);
  for (Thread& thread : found) {
    const auto known = before.find(thread.address);
    if (known == before.end() || known->second->id != thread.id) continue;
    thread.pointee = known->second->pointee;
    thread.frames = std::move(known->second->frames);
  }
  threads_ = std::move(found);
  return true;
}

// Most frames stay from look to look: the thread's state and all that were there are read at once.
void PythonProcess::read_ahead(const Thread& thread) {
  const std::size_t frame_bytes = layout_.frame_bytes();
  ahead_frames_.clear();
  stretches_.clear();
  std::size_t total_bytes = 0;
  for (const RawFrame& frame : thread.frames) {
    if (frame.address > UINT64_MAX - frame_bytes) break;
    const std::uint64_t end = frame.address + frame_bytes;
    Stretch wider = stretches_.empty() ? Stretch{} : stretches_.back();
    wider.begin = std::min(wider.begin, frame.address);
    wider.end = std::max(wider.end, end);
    if (!stretches_.empty() && wider.end - wider.begin <= kMaxStretchBytes) {
      stretches_.back() = wider;
    } else {
      stretches_.push_back({frame.address, end, 0});
    }
    ahead_frames_.push_back({frame.address, stretches_.size() - 1});
  }
  for (Stretch& stretch : stretches_) {
    stretch.offset = total_bytes;
    total_bytes += stretch.end - stretch.begin;
  }
  ahead_.resize(total_bytes);
  state_.resize(layout_.thread_bytes());
  pieces_.clear();
  pieces_.push_back({thread.address, state_.data(), state_.size()});
  const bool knows_pointee = layout_.frame_is_indirect && thread.pointee != 0;
  if (knows_pointee) {
    pieces_.push_back(
        {thread.pointee + layout_.frame_in_pointee, &pointee_frame_, sizeof pointee_frame_});
  }
  const std::size_t first_stretch = pieces_.size();
  for (const Stretch& stretch : stretches_) {
    pieces_.push_back({stretch.begin, ahead_.data() + stretch.offset, stretch.end - stretch.begin});
  }
  const std::size_t whole = memory_.read_pieces(pieces_);
  has_state_ = whole > 0;
  has_pointee_ = knows_pointee && whole > 1;
  read_stretches_ = whole > first_stretch ? whole - first_stretch : 0;
  ahead_next_ = 0;
}

// REQUIRES: read_ahead().
bool PythonProcess::innermost_frame(Thread& thread, std::uint64_t& address) const {
  // A thread that ended may have left its memory to another.
  if (!has_state_ || value_at<std::uint64_t>(state_.data(), layout_.thread_id) != thread.id) {
    return false;
  }
  address = value_at<std::uint64_t>(state_.data(), layout_.thread_frame);
  if (!layout_.frame_is_indirect) return true;
  if (has_pointee_ && address == thread.pointee) {
    address = pointee_frame_;
    return true;
  }
  thread.pointee = address;
  return address != 0 && memory_.read(address + layout_.frame_in_pointee, address);
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
  for (std::size_t i = ahead_next_; i < ahead_frames_.size(); ++i) {
    if (ahead_frames_[i].address != address) continue;
    if (ahead_frames_[i].stretch >= read_stretches_) break;
    const Stretch& stretch = stretches_[ahead_frames_[i].stretch];
    ahead_next_ = i + 1;
    frame = decode_frame(address, ahead_.data() + stretch.offset + (address - stretch.begin));
    return true;
  }
  std::uint8_t bytes[4096 + 8];
  const std::size_t frame_bytes = layout_.frame_bytes();
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

// Outer frames that did not move are named already; the heads of the code objects of all others are
// read in one go, then looked up.
bool PythonProcess::name_frames(const Thread& thread, std::vector<PythonFrame>& stack) {
  std::size_t same = 0;
  std::size_t same_named = 0;
  while (same < std::min(frames_.size(), thread.frames.size()) &&
         same_named < thread.named.size() &&
         frames_[frames_.size() - 1 - same] == thread.frames[thread.frames.size() - 1 - same]) {
    same_named += frames_[frames_.size() - 1 - same].is_c_stack ? 0 : 1;
    ++same;
  }
  const std::span<const RawFrame> other = std::span(frames_).first(frames_.size() - same);
  const std::size_t code_bytes = layout_.code_bytes();
  code_heads_.resize(other.size() * code_bytes);
  pieces_.clear();
  for (const RawFrame& frame : other) {
    if (frame.is_c_stack) continue;
    pieces_.push_back({frame.code, code_heads_.data() + pieces_.size() * code_bytes, code_bytes});
  }
  if (memory_.read_pieces(pieces_) != pieces_.size()) return false;
  for (const RawFrame& frame : other) {
    if (frame.is_c_stack) continue;
    const auto id = codes_.find(
        frame.code, std::span(code_heads_).subspan(stack.size() * code_bytes, code_bytes));
    if (!id) return false;
    stack.push_back({*id, line_of(codes_.code(*id), frame)});
  }
  stack.insert(stack.end(), thread.named.end() - static_cast<std::ptrdiff_t>(same_named),
               thread.named.end());
  return true;
}

PythonProcess::Look PythonProcess::look(Thread& thread, std::vector<PythonFrame>& stack) {
  stack.clear();
  frames_.clear();
  thread.is_unchanged = false;
  read_ahead(thread);
  std::uint64_t address = 0;
  bool is_whole = innermost_frame(thread, address);
  bool is_python = false;
  while (is_whole && address != 0 && frames_.size() < kMaxDepth) {
    RawFrame frame;
    is_whole = read_frame(address, frame) && frame.previous != address;
    if (!is_whole) break;
    frames_.push_back(frame);
    is_python |= !frame.is_c_stack;
    address = frame.previous;
  }
  const bool was_named = !thread.named.empty();
  const bool is_same = frames_ == thread.frames;
  is_whole = is_whole && (!is_python || name_frames(thread, stack));
  thread.frames.swap(frames_);
  thread.named = is_whole ? stack : std::vector<PythonFrame>();
  if (!is_whole) return Look::torn;
  thread.is_unchanged = is_same && was_named;
  return is_python ? Look::stack : Look::no_python;
}

}  // namespace tbprof::sampler
