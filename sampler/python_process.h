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
  struct Thread {
    std::uint64_t address = 0;
    std::uint64_t id = 0;               // pthread_self()
    std::int64_t native_id = 0;         // of the kernel; 0: this version does not know it
    std::vector<std::uint64_t> frames;  // where they lay at the last look, innermost first
  };
  std::vector<Thread>& threads() { return threads_; }

  enum class Look : std::uint8_t { stack, no_python, torn };
  // What the thread is doing, innermost first. `torn`: what was read does not fit together;
  // `no_python`: the thread runs nothing of Python.
  Look look(Thread& thread, std::vector<PythonFrame>& stack);

  const PythonCode& code(CodeId id) const { return codes_.code(id); }
  int minor_version() const { return layout_.minor_version; }

 private:
  struct RawFrame {
    std::uint64_t address = 0;
    std::uint64_t previous = 0;
    std::uint64_t code = 0;
    std::uint64_t instruction = 0;
    bool is_c_stack = false;
  };
  bool innermost_frame(const Thread& thread, std::uint64_t& address) const;
  void read_ahead(const Thread& thread);
  bool read_frame(std::uint64_t address, RawFrame& frame);
  RawFrame decode_frame(std::uint64_t address, const std::uint8_t* bytes) const;
  bool name_frames(std::vector<PythonFrame>& stack);
  std::uint32_t line_of(const PythonCode& code, const RawFrame& frame) const;

  const Memory& memory_;
  const PythonLayout layout_;
  const PythonPlace place_;
  PythonCodeTable codes_;
  std::vector<Thread> threads_;
  // Of the look at hand.
  std::vector<RawFrame> frames_;
  std::vector<std::uint8_t> ahead_;  // frames as the last look knew them, read in one go
  std::vector<std::uint64_t> ahead_addresses_;
  std::size_t ahead_count_ = 0;
  std::size_t ahead_next_ = 0;
  std::vector<std::uint8_t> code_heads_;
  std::vector<MemoryPiece> pieces_;
};

}  // namespace tbprof::sampler
