// A property, key and value, as chunks of a trace and of samples hold it. Functions only. One
// thread at a time.
#pragma once

#include <string>

#include "proto/trace_records.h"
#include "proto/wire.h"

namespace tbprof::proto {

// Appends the message to `out`.
void write_property(const Property& property, std::string& out);
// False if the message is malformed.
bool decode_property(WireReader message, Property& property);

}  // namespace tbprof::proto
