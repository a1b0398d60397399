// The code objects of a Python process that were met, read once each: name, file, lines. A code
// object is known by its address and by what it points to, since addresses are used again. Owns
// what it has read. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sampler/process_memory.h"
#include "sampler/python_layout.h"
#include "sampler/python_lines.h"

namespace tbprof::sampler {

// Where the types lie by which objects are told from other memory.
struct PythonTypes {
  std::uint64_t code = 0;
  std::uint64_t text = 0;
  std::uint64_t bytes = 0;
};

using CodeId = std::uint32_t;

struct PythonCode {
  std::string function;
  std::string file;
  std::uint32_t first_line = 0;
  LineTable lines;
};

class PythonCodeTable {
 public:
  PythonCodeTable(const Memory& memory, const PythonLayout& layout, const PythonTypes& types)
      : memory_(memory), layout_(layout), types_(types) {}

  // `head` is the memory at `address`, layout.code_bytes() of it. Nothing if no code object is
  // there.
  std::optional<CodeId> find(std::uint64_t address, std::span<const std::uint8_t> head);
  const PythonCode& code(CodeId id) const { return codes_[id]; }

 private:
  struct Known {
    std::uint64_t file = 0;
    std::uint64_t name = 0;
    std::uint64_t line_table = 0;
    std::uint32_t first_line = 0;
    CodeId id = 0;
  };
  bool read_text(std::uint64_t address, std::string& text) const;
  LineTable read_lines(const Known& known) const;

  const Memory& memory_;
  const PythonLayout& layout_;
  const PythonTypes types_;
  std::unordered_map<std::uint64_t, Known> known_;  // by address
  std::vector<PythonCode> codes_;
};

}  // namespace tbprof::sampler
