// gzip to bytes: one or several members, with a bound on what a small file may grow to. A file that
// was cut gives what comes before the cut. Functions and values. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "proto/result.h"

namespace tbprof::analyzer::import {

struct GzipOptions {
  // Deflate cannot exceed 1032:1; this bounds the memory of what stays below it.
  std::uint64_t max_inflated_bytes = std::uint64_t{16} << 30;
};

struct Inflated {
  std::unique_ptr<char[]> data;
  std::size_t size_bytes = 0;
  // Not empty if the file is damaged or cut: one sentence with the offset in the compressed file.
  std::string damage;
  std::uint64_t damage_offset = 0;
};

bool is_gzip(std::span<const std::uint8_t> bytes);

proto::Result<Inflated> inflate_gzip(std::span<const std::uint8_t> bytes, const std::string& path,
                                     GzipOptions options = {});

// The first bytes of the content, at most `limit`; empty if there is none.
std::string inflate_gzip_head(std::span<const std::uint8_t> bytes, std::size_t limit);

}  // namespace tbprof::analyzer::import
