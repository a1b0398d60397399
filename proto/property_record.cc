#include "proto/property_record.h"

#include "proto/trace_fields.h"

namespace tbprof::proto {

void write_property(const Property& property, std::string& out) {
  WireWriter writer(out);
  writer.bytes(field::property::kKey, property.key);
  writer.bytes(field::property::kValue, property.value);
}

bool decode_property(WireReader reader, Property& property) {
  while (reader.next()) {
    if (reader.is_bytes(field::property::kKey)) {
      property.key = reader.text();
    } else if (reader.is_bytes(field::property::kValue)) {
      property.value = reader.text();
    }
  }
  return reader.ok();
}

}  // namespace tbprof::proto
