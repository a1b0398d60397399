#include "analyzer/import/torch_metadata.h"

#include <string>

#include "analyzer/import/json_cursor.h"
#include "analyzer/import/trace_event.h"

namespace tbprof::analyzer::import {
namespace {

// Longer values (logs, whole configurations) are not facts to show in a table.
constexpr std::size_t kMaxValueBytes = 4096;

}  // namespace

void TorchMetadata::add(std::string_view key, std::string_view value) {
  if (key == "baseTimeNanoseconds") {
    base_time_ns_ = whole_number(value).value_or(0);
  } else if (key == "deviceProperties" || key == "computeProperties") {
    add_devices(value);
  } else if (key == "distributedInfo") {
    add_object("distributedInfo", value);
  } else {
    add_property(key, value);
  }
}

void TorchMetadata::add_property(std::string_view key, std::string_view value) {
  if (value.size() > kMaxValueBytes) return;
  std::string key_scratch;
  std::string value_scratch;
  builder_.add_property(std::string(json_text(key, key_scratch)),
                        std::string(compact_json(value, value_scratch)));
}

void TorchMetadata::add_object(std::string_view prefix, std::string_view value) {
  JsonCursor cursor(value);
  if (!cursor.consume('{') || cursor.peek() == '}') return;
  do {
    std::string_view key;
    std::string_view member;
    if (!cursor.string(key) || !cursor.consume(':') || !cursor.value(member)) return;
    add_property(std::string(prefix) + "." + std::string(key), member);
  } while (cursor.consume(','));
}

void TorchMetadata::add_devices(std::string_view value) {
  JsonCursor cursor(value);
  if (!cursor.consume('[') || cursor.peek() == ']') return;
  std::int64_t position = 0;
  do {
    std::string_view device;
    if (!cursor.value(device)) return;
    JsonCursor members(device);
    std::int64_t id = position++;
    std::string_view key;
    std::string_view member;
    if (!members.consume('{')) continue;
    while (members.string(key) && members.consume(':') && members.value(member)) {
      if (key == "id") id = whole_number(member).value_or(id);
      if (!members.consume(',')) break;
    }
    add_object("gpu" + std::to_string(id), device);
  } while (cursor.consume(','));
}

}  // namespace tbprof::analyzer::import
