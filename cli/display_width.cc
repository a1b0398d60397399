#include "cli/display_width.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tbprof::cli {

namespace {

constexpr std::string_view kReplacement = "\uFFFD";
constexpr std::string_view kEllipsis = "\u2026";
constexpr std::uint32_t kInvalid = 0xffffffffu;

struct CodePoint {
  std::uint32_t value = kInvalid;
  std::size_t size_bytes = 1;
};

CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : (first >= 0xe0 ? 3 : 2);
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  std::uint32_t value = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
  return {value, size};
}

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};
// The blocks that matter, after Unicode's East Asian Width and general categories.
constexpr std::array kWide = {
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},
    Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f},
    Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1faff}, Range{0x20000, 0x3fffd}};
constexpr std::array kCombining = {Range{0x300, 0x36f}, Range{0x1ab0, 0x1aff},
                                   Range{0x20d0, 0x20ff}, Range{0xfe00, 0xfe0f}};
// Characters that reorder or hide text.
constexpr std::array kSteering = {Range{0x0, 0x1f},      Range{0x7f, 0x9f},
                                  Range{0x200b, 0x200f}, Range{0x2028, 0x202e},
                                  Range{0x2060, 0x206f}, Range{0xfeff, 0xfeff}};

template <std::size_t Count>
bool in(const std::array<Range, Count>& ranges, std::uint32_t value) {
  for (const Range& range : ranges) {
    if (value >= range.first && value <= range.last) return true;
  }
  return false;
}

struct Glyph {
  std::string_view bytes;
  std::size_t width;
};

std::vector<Glyph> glyphs_of(std::string_view text) {
  std::vector<Glyph> glyphs;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    const std::size_t width = in(kCombining, point.value) ? 0 : (in(kWide, point.value) ? 2 : 1);
    glyphs.push_back({text.substr(0, point.size_bytes), width});
    text.remove_prefix(point.size_bytes);
  }
  return glyphs;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const CodePoint point = decode(text);
    if (point.value == kInvalid || in(kSteering, point.value)) {
      result += kReplacement;
    } else {
      result += text.substr(0, point.size_bytes);
    }
    text.remove_prefix(point.size_bytes);
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const Glyph& glyph : glyphs_of(text)) width += glyph.width;
  return width;
}

std::string cut_to_width(std::string_view text, std::size_t width, Cut where) {
  const std::vector<Glyph> glyphs = glyphs_of(text);
  std::size_t total = 0;
  for (const Glyph& glyph : glyphs) total += glyph.width;
  if (total <= width) return std::string(text);
  const std::size_t kept = width - 1;
  const std::size_t head_width = where == Cut::end ? kept : kept - kept / 2;
  std::string head;
  std::size_t used = 0;
  for (const Glyph& glyph : glyphs) {
    if (used + glyph.width > head_width) break;
    head += glyph.bytes;
    used += glyph.width;
  }
  std::size_t tail_bytes = 0;
  std::size_t tail_width = where == Cut::end ? 0 : kept / 2;
  for (auto glyph = glyphs.rbegin(); glyph != glyphs.rend(); ++glyph) {
    if (glyph->width > tail_width) break;
    tail_width -= glyph->width;
    tail_bytes += glyph->bytes.size();
  }
  return head + std::string(kEllipsis) + std::string(text.substr(text.size() - tail_bytes));
}

}  // namespace tbprof::cli
