// What the sampler reads of other processes: files of programs, texts of /proc, and the memory of
// an interpreter, here made of the input. The first byte chooses. None may lead it out of bounds,
// round in circles, or to take memory without end.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "sampler/elf_symbols.h"
#include "sampler/process_memory.h"
#include "sampler/python_lines.h"
#include "sampler/python_place.h"
#include "sampler/python_process.h"
#include "sampler/thread_clock.h"

namespace {

using namespace tbprof::sampler;

// Addresses are offsets in the input.
class InputMemory : public Memory, public FileReader {
 public:
  explicit InputMemory(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::size_t read_pieces(std::span<const MemoryPiece> pieces) const override {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!copy(pieces[i].address, pieces[i].into, pieces[i].size_bytes)) return i;
    }
    return pieces.size();
  }
  bool read(std::uint64_t offset, void* into, std::size_t size_bytes) const override {
    return copy(offset, into, size_bytes);
  }

 private:
  bool copy(std::uint64_t at, void* into, std::size_t size_bytes) const {
    if (at > bytes_.size() || size_bytes > bytes_.size() - at) return false;
    std::memcpy(into, bytes_.data() + at, size_bytes);
    return true;
  }
  std::span<const std::uint8_t> bytes_;
};

void read_interpreter(const InputMemory& memory, int minor_version) {
  // As tests/fuzz/write_seeds.cc lays them out.
  PythonPlace place;
  place.runtime = 16;
  place.minor_version = minor_version;
  place.version_word = 8;
  place.types = {1, 2, 3};
  auto opened = PythonProcess::open(memory, place);
  if (!opened.ok()) return;
  PythonProcess& python = *opened.value();
  if (!python.find_threads()) return;
  std::vector<PythonFrame> stack;
  const std::size_t count = std::min<std::size_t>(python.threads().size(), 4);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < count; ++i) (void)python.look(python.threads()[i], stack);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> input(data + 1, size - 1);
  const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
  const InputMemory memory(input);
  switch (data[0]) {
    case 0:
      (void)place_in(memory, 0x7f0000000000);
      break;
    case 1:
      (void)interpreter_candidates(text);
      (void)parse_stat(text);
      (void)parse_schedstat(text);
      (void)syscall_name(parse_syscall(text));
      break;
    case 2:
    case 3:
    case 4: {
      const LineTable lines(static_cast<LineFormat>(data[0] - 2), input, 7);
      for (std::uint64_t offset = 0; offset < 64; offset += 2) (void)lines.line_at(offset);
      break;
    }
    default:
      read_interpreter(memory, data[0] == 13 ? 0 : data[0]);
      break;
  }
  return 0;
}
