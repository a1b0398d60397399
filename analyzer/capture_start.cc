#include "analyzer/capture_start.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "analyzer/import/gzip.h"
#include "proto/record_reader.h"
#include "proto/trace_decoder.h"

namespace tbprof::analyzer {
namespace {

constexpr std::size_t kLookBytes = 64 << 10;
constexpr double kLatestTime = 9e18;

// The number that follows a key of JSON, wherever the key stands; `from` moves behind it.
std::optional<double> number_of(std::string_view json, std::string_view quoted_key,
                                std::size_t& from) {
  const std::size_t key = json.find(quoted_key, from);
  if (key == std::string_view::npos) return std::nullopt;
  from = key + quoted_key.size();
  const std::size_t digit = json.find_first_not_of(" \t\r\n:\"", from);
  if (digit == std::string_view::npos) return std::nullopt;
  double number = 0;
  const char* end = json.data() + json.size();
  const auto [stop, error] = std::from_chars(json.data() + digit, end, number);
  // A number at the very end may be cut.
  if (error != std::errc() || stop == end) return std::nullopt;
  return number;
}

}  // namespace

std::optional<proto::TraceHeader> first_header(std::span<const std::uint8_t> file) {
  proto::RecordReader records(file.first(std::min(file.size(), kLookBytes)));
  proto::RecordView record;
  if (records.next(record) != proto::ReadStatus::record) return std::nullopt;
  const auto head = proto::peek_record(record.payload);
  if (!head.ok() || head.value().kind != proto::TraceRecordKind::header) return std::nullopt;
  auto header = proto::decode_header(record.payload);
  if (!header.ok()) return std::nullopt;
  return std::move(header.value());
}

std::int64_t start_unix_ns(const std::optional<proto::TraceHeader>& header) {
  if (!header || header->start_realtime_ns < kEarliestStartUnixNs) return 0;
  return header->start_realtime_ns;
}

std::int64_t torch_json_start_unix_ns(std::span<const std::uint8_t> file) {
  const std::string text = import::is_gzip(file)
                               ? import::inflate_gzip_head(file, kLookBytes)
                               : std::string(reinterpret_cast<const char*>(file.data()),
                                             std::min(file.size(), kLookBytes));
  std::size_t at = 0;
  const double base_ns = number_of(text, "\"baseTimeNanoseconds\"", at).value_or(0);
  at = std::min(text.find("\"traceEvents\""), text.size());
  while (const auto time_us = number_of(text, "\"ts\"", at)) {
    const double start_ns = base_ns + *time_us * 1e3;
    if (start_ns >= static_cast<double>(kEarliestStartUnixNs) && start_ns < kLatestTime) {
      return static_cast<std::int64_t>(start_ns);
    }
  }
  return 0;
}

}  // namespace tbprof::analyzer
