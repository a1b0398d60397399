#include "collector/event_facts.h"

#include <stdio.h>

#include <bit>
#include <string_view>

#include "collector/nvtx_domains.h"

namespace tbprof::collector {

namespace {

FactValue text_value(ChunkBuilder& builder, std::string_view text) {
  const std::uint32_t id = builder.text(text);
  return {proto::ValueKind::string, id, id != proto::kNoId};
}

}  // namespace

FactValue domain_value(ChunkBuilder& builder, const EventFacts& facts) {
  const std::string_view name =
      facts.domain == 0 ? std::string_view() : name_of_domain(facts.domain);
  return name.empty() ? FactValue() : text_value(builder, name);
}

// Values of attributes are whole numbers, or texts.
FactValue payload_value(ChunkBuilder& builder, const EventFacts& facts) {
  char text[32];
  const auto number = static_cast<std::int64_t>(facts.payload);
  switch (facts.payload_type) {
    case PayloadType::none:
      return {};
    case PayloadType::float64:
    case PayloadType::float32:
      snprintf(text, sizeof text, "%.9g", std::bit_cast<double>(facts.payload));
      return text_value(builder, text);
    case PayloadType::int64:
    case PayloadType::int32:
      if (number >= 0) break;
      snprintf(text, sizeof text, "%lld", static_cast<long long>(number));
      return text_value(builder, text);
    case PayloadType::unsigned_int64:
    case PayloadType::unsigned_int32:
      break;
  }
  return {proto::ValueKind::number, facts.payload, true};
}

}  // namespace tbprof::collector
