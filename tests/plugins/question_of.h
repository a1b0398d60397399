// Asks a plugin's routes and streams as the server would, about one trace. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/plugin.h"

namespace tbprof::plugins::tests {

class OneTraceLibrary : public Library {
 public:
  explicit OneTraceLibrary(TracePointer trace) : trace_(std::move(trace)) {}
  proto::Result<TracePointer> trace(std::string_view capture_id) const override {
    if (capture_id == "it") return trace_;
    return proto::Error{proto::ErrorCode::not_found, "There is no such capture."};
  }

 private:
  TracePointer trace_;
};

using Parameters = std::vector<std::pair<std::string, std::string>>;

inline Params params_of(const Parameters& parameters) {
  Params params;
  params.add("capture", "it");
  for (const auto& [key, value] : parameters) params.add(key, value);
  return params;
}

inline proto::Result<Answer> ask(const Plugin& plugin, std::string_view route,
                                 const TracePointer& trace, const Parameters& parameters = {}) {
  const OneTraceLibrary library(trace);
  const Params params = params_of(parameters);
  for (const Route& candidate : plugin.routes) {
    if (candidate.name == route) return candidate.answer({params, library});
  }
  return proto::Error{proto::ErrorCode::not_found, "The plugin has no such route."};
}

inline proto::Result<std::string> read_stream(const Plugin& plugin, std::string_view name,
                                              const TracePointer& trace) {
  const OneTraceLibrary library(trace);
  const Params params = params_of({});
  for (const Stream& stream : plugin.streams) {
    if (stream.name != name) continue;
    const NextPiece next = TBPROF_TRY(stream.open({params, library}));
    std::string all;
    for (bool more = true; more;) {
      std::string piece;
      more = TBPROF_TRY(next(piece));
      all += piece;
    }
    return all;
  }
  return proto::Error{proto::ErrorCode::not_found, "The plugin has no such stream."};
}

}  // namespace tbprof::plugins::tests
