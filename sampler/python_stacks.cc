#include "sampler/python_stacks.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "sampler/process_tree.h"
#include "sampler/python_place.h"

namespace tbprof::sampler {
namespace {

// What pthread_self() points to holds the kernel's thread id somewhere in its first bytes.
constexpr std::size_t kThreadBlockBytes = 1024;
using ThreadBlock = std::array<std::uint8_t, kThreadBlockBytes>;

pid_t number_at(const ThreadBlock& block, int offset) {
  pid_t number = 0;
  std::memcpy(&number, block.data() + offset, sizeof number);
  return number;
}

// The first place at which every block holds the id of a thread, and no two the same.
int find_id_offset(const std::vector<ThreadBlock>& blocks, const std::vector<pid_t>& ids) {
  for (int offset = 0; offset + sizeof(pid_t) <= kThreadBlockBytes; offset += 4) {
    std::vector<pid_t> seen;
    for (const ThreadBlock& block : blocks) {
      const pid_t number = number_at(block, offset);
      if (std::find(ids.begin(), ids.end(), number) == ids.end()) break;
      if (std::find(seen.begin(), seen.end(), number) != seen.end()) break;
      seen.push_back(number);
    }
    if (!blocks.empty() && seen.size() == blocks.size()) return offset;
  }
  return -1;
}

}  // namespace

void PythonStacks::forget_interpreter() {
  python_.reset();
  matches_.clear();
  frame_ids_.clear();
  native_id_offset_ = -1;
  refreshes_ = 0;
  next_search_ = 0;
}

void PythonStacks::refresh() {
  is_stale_ = true;
  const std::uint32_t turn = refreshes_++;
  if (python_ != nullptr || turn < next_search_) return;
  next_search_ = turn + 1 + std::min(turn, 32u);
  const auto place = find_python(pid_);
  if (!place.ok()) {
    if (place.error().code != proto::ErrorCode::not_found) {
      file_.set_property("python.problem", place.error().message);
    }
    return;
  }
  auto opened = PythonProcess::open(memory_, place.value());
  if (!opened.ok()) {
    const bool is_denied = memory_.last_errno() == EPERM;
    file_.set_property("python.problem", is_denied ? kMemoryRefused : opened.error().message);
    return;
  }
  python_ = std::move(opened.value());
  file_.set_property("python.version", "3." + std::to_string(python_->minor_version()));
}

// Before 3.11 the interpreter knows its threads by what pthread_self() returns.
bool PythonStacks::find_native_ids(std::vector<PythonProcess::Thread>& threads) {
  std::vector<ThreadBlock> blocks(threads.size());
  for (std::size_t i = 0; i < threads.size(); ++i) {
    if (!memory_.read(threads[i].id, blocks[i].data(), blocks[i].size())) return false;
  }
  if (native_id_offset_ < 0) native_id_offset_ = find_id_offset(blocks, thread_ids(pid_));
  if (native_id_offset_ < 0) return false;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i].native_id = number_at(blocks[i], native_id_offset_);
  }
  return true;
}

void PythonStacks::match_threads() {
  is_stale_ = false;
  matches_.clear();
  if (!python_->find_threads()) return;
  std::vector<PythonProcess::Thread>& threads = python_->threads();
  if (threads[0].native_id == 0 && !find_native_ids(threads)) return;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    matches_.emplace(static_cast<pid_t>(threads[i].native_id), Match{i, proto::kNoId});
  }
}

std::uint32_t PythonStacks::stack_id(pid_t tid) {
  if (python_ == nullptr) return proto::kNoId;
  if (is_stale_) match_threads();
  const auto found = matches_.find(tid);
  if (found == matches_.end()) return proto::kNoId;
  PythonProcess::Thread& thread = python_->threads()[found->second.index];
  PythonProcess::Look look = python_->look(thread, stack_);
  if (look == PythonProcess::Look::torn) look = python_->look(thread, stack_);
  if (look == PythonProcess::Look::no_python) return proto::kNoId;
  if (look == PythonProcess::Look::torn) {
    ++torn_stacks_;
    return proto::kNoId;
  }
  ++read_stacks_;
  if (thread.frames.size() >= PythonProcess::kMaxDepth) ++cut_stacks_;
  if (!thread.is_unchanged) found->second.stack_id = intern();
  return found->second.stack_id;
}

std::uint32_t PythonStacks::intern() {
  std::uint32_t stack = proto::kNoId;
  for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame) {
    const std::uint64_t key = std::uint64_t{frame->code} << 32 | frame->line;
    const auto [found, is_new] = frame_ids_.try_emplace(key, 0);
    if (is_new) {
      const PythonCode& code = python_->code(frame->code);
      found->second = file_.frame_id(code.function, code.file, frame->line);
    }
    stack = file_.stack_id(stack, found->second);
  }
  return stack;
}

void PythonStacks::write_facts() {
  if (read_stacks_ > 0) file_.set_property("sampler.stacks", std::to_string(read_stacks_));
  if (torn_stacks_ > 0) file_.set_property("sampler.torn_stacks", std::to_string(torn_stacks_));
  if (cut_stacks_ > 0) file_.set_property("sampler.cut_stacks", std::to_string(cut_stacks_));
}

}  // namespace tbprof::sampler
