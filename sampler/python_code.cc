#include "sampler/python_code.h"

#include <algorithm>
#include <cstring>

namespace tbprof::sampler {
namespace {

constexpr std::uint64_t kMaxTextCharacters = 1024;
constexpr std::uint64_t kMaxLineTableBytes = 1 << 20;
// A process that makes code without end is not followed into all of it.
constexpr std::size_t kMaxCodes = 1 << 17;

template <typename Value>
Value value_at(std::span<const std::uint8_t> bytes, std::uint64_t offset) {
  Value value{};
  if (offset + sizeof value <= bytes.size()) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

void append_utf8(std::uint32_t character, std::string& text) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xc0 | character >> 6);
    add(0x80 | (character & 63));
  } else if (character < 0x10000) {
    if (character >= 0xd800 && character < 0xe000) character = 0xfffd;
    add(0xe0 | character >> 12);
    add(0x80 | (character >> 6 & 63));
    add(0x80 | (character & 63));
  } else if (character < 0x110000) {
    add(0xf0 | character >> 18);
    add(0x80 | (character >> 12 & 63));
    add(0x80 | (character >> 6 & 63));
    add(0x80 | (character & 63));
  }
}

}  // namespace

bool PythonCodeTable::read_text(std::uint64_t address, std::string& text) const {
  std::vector<std::uint8_t> head(
      std::max({layout_.object_type, layout_.text_length, layout_.text_state}) + 8);
  if (!memory_.read(address, head.data(), head.size())) return false;
  if (value_at<std::uint64_t>(head, layout_.object_type) != types_.text) return false;
  const auto length = value_at<std::uint64_t>(head, layout_.text_length);
  const auto state = value_at<std::uint32_t>(head, layout_.text_state);
  const std::uint32_t width = state >> 2 & 7;  // bytes a character
  const bool is_compact = (state >> 5 & 1) != 0;
  const bool is_ascii = (state >> 6 & 1) != 0;
  if (!is_compact || (width != 1 && width != 2 && width != 4)) return false;
  const std::uint64_t count = std::min(length, kMaxTextCharacters);
  std::vector<std::uint8_t> bytes(count * width);
  const std::uint64_t begin = address + (is_ascii ? layout_.ascii_text : layout_.other_text);
  if (!bytes.empty() && !memory_.read(begin, bytes.data(), bytes.size())) return false;
  text.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint32_t character = 0;
    std::memcpy(&character, bytes.data() + i * width, width);
    append_utf8(character, text);
  }
  return true;
}

LineTable PythonCodeTable::read_lines(const Known& known) const {
  std::vector<std::uint8_t> head(std::max(layout_.object_type, layout_.bytes_size) + 8);
  if (!memory_.read(known.line_table, head.data(), head.size())) return {};
  if (value_at<std::uint64_t>(head, layout_.object_type) != types_.bytes) return {};
  const auto size_bytes = value_at<std::uint64_t>(head, layout_.bytes_size);
  if (size_bytes > kMaxLineTableBytes) return {};
  std::vector<std::uint8_t> table(size_bytes);
  if (!table.empty() &&
      !memory_.read(known.line_table + layout_.bytes_data, table.data(), table.size())) {
    return {};
  }
  return LineTable(layout_.lines, table, known.first_line);
}

std::optional<CodeId> PythonCodeTable::find(std::uint64_t address,
                                            std::span<const std::uint8_t> head) {
  if (value_at<std::uint64_t>(head, layout_.object_type) != types_.code) return std::nullopt;
  Known seen;
  seen.file = value_at<std::uint64_t>(head, layout_.code_filename);
  seen.name = value_at<std::uint64_t>(head, layout_.code_name);
  seen.line_table = value_at<std::uint64_t>(head, layout_.code_line_table);
  seen.first_line = value_at<std::uint32_t>(head, layout_.code_first_line);
  const auto known = known_.find(address);
  if (known != known_.end() && known->second.file == seen.file && known->second.name == seen.name &&
      known->second.line_table == seen.line_table && known->second.first_line == seen.first_line) {
    return known->second.id;
  }
  if (codes_.size() >= kMaxCodes) return std::nullopt;
  PythonCode code;
  if (!read_text(seen.name, code.function) || !read_text(seen.file, code.file)) {
    return std::nullopt;
  }
  code.first_line = seen.first_line;
  code.lines = read_lines(seen);
  seen.id = static_cast<CodeId>(codes_.size());
  codes_.push_back(std::move(code));
  known_[address] = seen;
  return seen.id;
}

}  // namespace tbprof::sampler
