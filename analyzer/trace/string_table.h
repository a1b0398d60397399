// Texts to small numbers: each text is kept once and known by its index. Owns the texts.
// One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tbprof::analyzer::trace {

class StringTable {
 public:
  // `salt` tells apart equal texts that mean different things.
  std::uint32_t intern(std::string_view text, std::uint8_t salt = 0);

  std::size_t size() const { return texts_.size(); }
  const std::string& text(std::uint32_t index) const { return texts_[index]; }
  std::uint8_t salt(std::uint32_t index) const { return salts_[index]; }
  std::size_t memory_bytes() const;
  // The texts by index; the table is empty afterwards.
  std::vector<std::string> take();

 private:
  void grow();

  std::vector<std::string> texts_;
  std::size_t text_bytes_ = 0;  // of those too long to lie in the string itself
  std::vector<std::uint8_t> salts_;
  std::vector<std::uint32_t> hashes_;   // of texts_, so that growing reads no text
  std::vector<std::uint32_t> buckets_;  // index + 1, 0: free; a power of two long
};

}  // namespace tbprof::analyzer::trace
