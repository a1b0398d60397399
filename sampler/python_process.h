// The Python interpreter of another process: which threads it has and what each of them is doing,
// read from its memory while it runs. Bad reads are told, not followed. Owns what it knows of the
// process; borrows its memory. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/result.h"
#include "sampler/process_memory.h"
#include "sampler/python_code.h"
#include "sampler/python_layout.h"

namespace tbprof::sampler {

// Where a process has its interpreter.
struct PythonPlace {
  std::uint64_t runtime = 0;
  int minor_version = 0;           // 0: a word says it
  std::uint64_t version_word = 0;  // then: where it lies
  PythonTypes types;
};

// A function and the line in it.
struct PythonFrame {
  CodeId code = 0;
  std::uint32_t line = 0;  // 0: not known
};

class PythonProcess {
 public:
  static constexpr std::size_t kMaxDepth = 512;

  // An error says in a sentence why no stacks can be read.
  static proto::Result<std::unique_ptr<PythonProcess>> open(const Memory& memory,
                                                            const PythonPlace& place);

  PythonProcess(const Memory& memory, const PythonLayout& layout, const PythonPlace& place)
      : memory_(memory), layout_(layout), place_(place), codes_(memory, layout_, place.types) {}

  // Looks anew which threads there are. False if that cannot be read now: the interpreter has not
  // begun, has ended, or is changing.
  bool find_threads();
  struct RawFrame {
    std::uint64_t address = 0;
    std::uint64_t previous = 0;
    std::uint64_t code = 0;
    std::uint64_t instruction = 0;
    bool is_c_stack = false;
    bool operator==(const RawFrame&) const = default;
  };
  struct Thread {
    std::uint64_t address = 0;
    std::uint64_t id = 0;            // pthread_self()
    std::int64_t native_id = 0;      // of the kernel; 0: this version does not know it
    std::uint64_t pointee = 0;       // what its state pointed to, if that points to the frame
    std::vector<RawFrame> frames;    // at the last look, innermost first
    std::vector<PythonFrame> named;  // those of them that are Python's; empty: not trusted any more
    bool is_unchanged = false;       // the last look saw what the one before saw
  };
  std::vector<Thread>& threads() { return threads_; }

  enum class Look : std::uint8_t { stack, no_python, torn };
  // What the thread is doing, innermost first. `torn`: what was read does not fit together;
  // `no_python`: the thread runs nothing of Python. A frame that did not move since the last look
  // is the same function's, until find_threads().
  Look look(Thread& thread, std::vector<PythonFrame>& stack);

  const PythonCode& code(CodeId id) const { return codes_.code(id); }
  int minor_version() const { return layout_.minor_version; }

 private:
  void read_ahead(const Thread& thread);
  bool innermost_frame(Thread& thread, std::uint64_t& address) const;
  bool read_frame(std::uint64_t address, RawFrame& frame);
  RawFrame decode_frame(std::uint64_t address, const std::uint8_t* bytes) const;
  bool name_frames(const Thread& thread, std::vector<PythonFrame>& stack);
  std::uint32_t line_of(const PythonCode& code, const RawFrame& frame) const;

  const Memory& memory_;
  const PythonLayout layout_;
  const PythonPlace place_;
  PythonCodeTable codes_;
  std::vector<Thread> threads_;
  // Of the look at hand.
  std::vector<RawFrame> frames_;
  struct Ahead {
    std::uint64_t address = 0;
    std::size_t stretch = 0;
  };
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::size_t offset = 0;  // in ahead_
  };
  // The thread's state and its frames as the last look knew them, read in one go.
  std::vector<std::uint8_t> state_;
  bool has_state_ = false;
  std::uint64_t pointee_frame_ = 0;
  bool has_pointee_ = false;
  std::vector<std::uint8_t> ahead_;
  std::vector<Ahead> ahead_frames_;
  std::size_t ahead_next_ = 0;
  std::vector<Stretch> stretches_;
  std::size_t read_stretches_ = 0;
  std::vector<std::uint8_t> code_heads_;
  std::vector<MemoryPiece> pieces_;
};

}  // namespace tbprof::sampler
