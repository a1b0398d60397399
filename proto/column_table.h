// A table on its way to the browser: named typed columns in one buffer that JavaScript reads as
// typed arrays without a copy. Browser twin: plugins/_kit/column_table.ts. One thread at a time.
//
//   bytes 0-3   "TBC1"
//   bytes 4-7   u32 length of the JSON head, little endian
//   JSON head   {"meta":{…},"columns":[{"name":"start","type":"f64","count":3,"offset":64},…]}
//   columns     each at `offset` from the buffer's start, aligned to 8, little endian
// types: f64, f32, i32, u32, u16, u8. Times are nanoseconds since trace start as f64.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tbprof::proto {

class ColumnTableEncoder {
 public:
  // A borrowed column must live until finish().
  void add(std::string_view name, std::span<const double> values);
  void add(std::string_view name, std::span<const float> values);
  void add(std::string_view name, std::span<const std::int32_t> values);
  void add(std::string_view name, std::span<const std::uint32_t> values);
  void add(std::string_view name, std::span<const std::uint16_t> values);
  void add(std::string_view name, std::span<const std::uint8_t> values);

  // `meta_json` is a JSON object, for what is small: names, totals.
  std::string finish(std::string_view meta_json = "{}") const;

 private:
  struct Column {
    std::string name;
    std::string_view type;
    std::size_t count;
    const void* data;
    std::size_t size_bytes;
  };
  std::vector<Column> columns_;
};

}  // namespace tbprof::proto
