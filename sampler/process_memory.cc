#include "sampler/process_memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tbprof::sampler {
namespace {

constexpr std::size_t kPiecesAtOnce = 128;

}  // namespace

std::size_t ProcessMemory::read_pieces(std::span<const MemoryPiece> pieces) const {
  std::array<iovec, kPiecesAtOnce> here;
  std::array<iovec, kPiecesAtOnce> there;
  std::size_t whole = 0;
  while (whole < pieces.size()) {
    const std::size_t count = std::min(pieces.size() - whole, kPiecesAtOnce);
    std::size_t wanted_bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const MemoryPiece& piece = pieces[whole + i];
      here[i] = {piece.into, piece.size_bytes};
      there[i] = {reinterpret_cast<void*>(piece.address), piece.size_bytes};
      wanted_bytes += piece.size_bytes;
    }
    const ssize_t got = process_vm_readv(pid_, here.data(), count, there.data(), count, 0);
    if (got < 0) {
      last_errno_ = errno;
      return whole;
    }
    if (static_cast<std::size_t>(got) == wanted_bytes) {
      whole += count;
      continue;
    }
    last_errno_ = EFAULT;
    auto left_bytes = static_cast<std::size_t>(got);
    for (std::size_t i = 0; i < count && left_bytes >= pieces[whole].size_bytes; ++i) {
      left_bytes -= pieces[whole].size_bytes;
      ++whole;
    }
    return whole;
  }
  return whole;
}

}  // namespace tbprof::sampler
