// Text -> id, counted from 0. Bounded: past its limits a new text gets no id. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tbprof::collector {

class InternTable {
 public:
  static constexpr std::size_t kMaxTexts = std::size_t{1} << 20;
  static constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;

  struct Found {
    std::uint32_t id = 0;  // proto::kNoId if the table is full
    bool is_new = false;
  };
  Found intern(std::string_view text);
  std::size_t size() const { return texts_.size(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id_plus_one = 0;
  };
  void grow();
  std::string_view keep(std::string_view text);

  std::vector<Slot> slots_;
  std::vector<std::string_view> texts_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = 0;
  std::size_t text_bytes_ = 0;
};

// (text id, category) -> id, counted from 0. One thread at a time.
class PairTable {
 public:
  InternTable::Found intern(std::uint32_t first, std::uint32_t second);

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t id_plus_one = 0;
  };
  void grow();
  std::vector<Slot> slots_;
  std::uint32_t used_ = 0;
};

}  // namespace tbprof::collector
