#include "sampler/elf_symbols.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace tbprof::sampler {
namespace {

constexpr std::size_t kMaxHeaders = 4096;
constexpr std::uint64_t kMaxTableBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kPageBytes = 4096;

bool read_header(const FileReader& file, Elf64_Ehdr& header) {
  return file.read(0, &header, sizeof header) &&
         std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_ident[EI_DATA] == ELFDATA2LSB;
}

template <typename Entry>
bool read_table(const FileReader& file, std::uint64_t offset, std::size_t count,
                std::vector<Entry>& table) {
  if (count > kMaxHeaders) return false;
  table.resize(count);
  return count == 0 || file.read(offset, table.data(), count * sizeof(Entry));
}

bool find_first_address(const FileReader& file, const Elf64_Ehdr& header, std::uint64_t& address) {
  std::vector<Elf64_Phdr> segments;
  if (header.e_phentsize != sizeof(Elf64_Phdr) ||
      !read_table(file, header.e_phoff, header.e_phnum, segments)) {
    return false;
  }
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_LOAD || segment.p_offset >= kPageBytes) continue;
    address = (segment.p_vaddr - segment.p_offset) & ~(kPageBytes - 1);
    return true;
  }
  return false;
}

bool read_section(const FileReader& file, const Elf64_Shdr& section, std::string& bytes) {
  if (section.sh_type == SHT_NOBITS || section.sh_size > kMaxTableBytes) return false;
  bytes.resize(section.sh_size);
  return bytes.empty() || file.read(section.sh_offset, bytes.data(), bytes.size());
}

// The text at an offset, up to its end or to that of the table.
std::string_view text_at(const std::string& texts, std::uint64_t offset) {
  if (offset >= texts.size()) return {};
  const std::string_view rest = std::string_view(texts).substr(offset);
  return rest.substr(0, rest.find('\0'));
}

void find_in(const std::string& symbols, const std::string& texts,
             std::span<const std::string_view> names, ElfSymbols& found) {
  for (std::size_t at = 0; at + sizeof(Elf64_Sym) <= symbols.size(); at += sizeof(Elf64_Sym)) {
    Elf64_Sym symbol;
    std::memcpy(&symbol, symbols.data() + at, sizeof symbol);
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) continue;
    const std::string_view text = text_at(texts, symbol.st_name);
    if (text.empty()) continue;
    const auto name = std::find(names.begin(), names.end(), text);
    if (name == names.end()) continue;
    auto& address = found.address[static_cast<std::size_t>(name - names.begin())];
    if (!address) address = symbol.st_value;
  }
}

}  // namespace

std::optional<ElfSymbols> find_symbols(const FileReader& file,
                                       std::span<const std::string_view> names) {
  Elf64_Ehdr header;
  std::vector<Elf64_Shdr> sections;
  ElfSymbols found;
  found.address.resize(names.size());
  if (!read_header(file, header) || !find_first_address(file, header, found.first_address) ||
      header.e_shentsize != sizeof(Elf64_Shdr) ||
      !read_table(file, header.e_shoff, header.e_shnum, sections)) {
    return std::nullopt;
  }
  // What a dynamic linker needs is there also where all else was stripped.
  for (const Elf64_Word type : {Elf64_Word{SHT_DYNSYM}, Elf64_Word{SHT_SYMTAB}}) {
    const bool is_complete = std::all_of(found.address.begin(), found.address.end(),
                                         [](const auto& address) { return address.has_value(); });
    if (is_complete) break;
    for (const Elf64_Shdr& section : sections) {
      std::string symbols;
      std::string texts;
      if (section.sh_type != type || section.sh_link >= sections.size()) continue;
      if (!read_section(file, section, symbols)) continue;
      if (!read_section(file, sections[section.sh_link], texts)) continue;
      find_in(symbols, texts, names, found);
    }
  }
  return found;
}

}  // namespace tbprof::sampler
