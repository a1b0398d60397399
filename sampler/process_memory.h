// Reads the memory of another process. It runs on meanwhile, so what is read may be torn, or gone:
// whoever reads checks what comes. Borrows nothing. One thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace tbprof::sampler {

// Why nothing is read of a process, for a sentence about it.
inline constexpr char kMemoryRefused[] =
    "the system lets nobody read the program's memory (kernel.yama.ptrace_scope above 1, a "
    "container's rules, or a program with more rights); thread states and CPU time are complete";

// Stretches of addresses that are read in one go.
struct MemoryPiece {
  std::uint64_t address = 0;
  void* into = nullptr;
  std::size_t size_bytes = 0;
};

class Memory {
 public:
  virtual ~Memory() = default;
  // The number of pieces, from the first on, that were read whole.
  virtual std::size_t read_pieces(std::span<const MemoryPiece> pieces) const = 0;

  bool read(std::uint64_t address, void* into, std::size_t size_bytes) const {
    const MemoryPiece piece{address, into, size_bytes};
    return read_pieces({&piece, 1}) == 1;
  }
  template <typename Value>
  bool read(std::uint64_t address, Value& value) const {
    return read(address, &value, sizeof value);
  }
};

// By process_vm_readv: stops nothing and nobody.
class ProcessMemory : public Memory {
 public:
  explicit ProcessMemory(pid_t pid) : pid_(pid) {}
  std::size_t read_pieces(std::span<const MemoryPiece> pieces) const override;
  // Of the last read that failed.
  int last_errno() const { return last_errno_; }

 private:
  pid_t pid_;
  mutable int last_errno_ = 0;
};

}  // namespace tbprof::sampler
