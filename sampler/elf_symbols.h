// Addresses of named symbols in an ELF file of 64 bits, from its symbol tables. The file is taken
// as hostile. Functions only. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tbprof::sampler {

// Where the bytes of a file come from.
class FileReader {
 public:
  virtual ~FileReader() = default;
  // All of them or none.
  virtual bool read(std::uint64_t offset, void* into, std::size_t size_bytes) const = 0;
};

struct ElfSymbols {
  // One for each name asked for; as in the file, before it is moved to where it is loaded.
  std::vector<std::optional<std::uint64_t>> address;
  // Where the file's first loaded byte would lie.
  std::uint64_t first_address = 0;
};

// Nothing if the file is none of ours to read: another format, no section headers.
std::optional<ElfSymbols> find_symbols(const FileReader& file,
                                       std::span<const std::string_view> names);

}  // namespace tbprof::sampler
