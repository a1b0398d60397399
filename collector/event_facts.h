// What a program said of an event besides its name, as keys and values of attributes. The writer
// thread.
#pragma once

#include <cstdint>

#include "collector/chunk_builder.h"
#include "collector/event.h"
#include "proto/trace_records.h"

namespace tbprof::collector {

struct FactValue {
  proto::ValueKind kind = proto::ValueKind::number;
  std::uint64_t value = 0;
  bool is_there = false;
};

FactValue domain_value(ChunkBuilder& builder, const EventFacts& facts);
FactValue payload_value(ChunkBuilder& builder, const EventFacts& facts);

// Calls add(key_string_id, kind, value) for each.
template <typename Add>
void for_each_fact(ChunkBuilder& builder, const EventFacts& facts, Add&& add) {
  if (facts.is_none()) return;
  const FactValue domain = domain_value(builder, facts);
  if (domain.is_there) add(builder.text("domain"), domain.kind, domain.value);
  const FactValue payload = payload_value(builder, facts);
  if (payload.is_there) add(builder.text("payload"), payload.kind, payload.value);
}

}  // namespace tbprof::collector
