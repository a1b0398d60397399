// Traces with random slices for property tests: the same seed gives the same trace.
// Values own what they hold. One thread at a time.
#pragma once

#include <memory>
#include <random>
#include <string>

#include "analyzer/trace/trace_builder.h"

namespace tbprof::tests {

struct RandomTraceShape {
  std::size_t slices = 1000;
  std::int64_t longest_ns = 1000;
  std::int64_t longest_gap_ns = 1000;
  std::uint32_t names = 12;
};

// Streams 0 and 1 of GPU 0 with slices that do not overlap, one row each.
inline std::shared_ptr<const analyzer::trace::Trace> random_trace(std::uint32_t seed,
                                                                  const RandomTraceShape& shape) {
  using analyzer::trace::NameId;
  std::mt19937 random(seed);
  const auto up_to = [&](std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(0, most)(random);
  };
  analyzer::trace::TraceBuilder builder;
  builder.set_start_ns(0);
  std::vector<NameId> names;
  for (std::uint32_t i = 0; i < shape.names; ++i) {
    const auto category = static_cast<proto::Category>(8 + i % 3);
    names.push_back(builder.intern_name("name " + std::to_string(i), category));
  }
  for (int stream = 0; stream < 2; ++stream) {
    analyzer::trace::Track track;
    track.kind = proto::TrackKind::stream;
    track.name = "stream " + std::to_string(stream);
    track.group = "GPU 0";
    track.device = 0;
    track.stream = stream;
    const auto id = builder.add_track(track);
    std::int64_t time = up_to(shape.longest_gap_ns);
    for (std::size_t i = 0; i < shape.slices; ++i) {
      // Most are short, a few are long: both rectangles and columns come of them.
      const std::int64_t most = up_to(9) == 0 ? shape.longest_ns * 20 : shape.longest_ns;
      const std::int64_t duration = up_to(most);
      builder.add_slice(id, time, duration,
                        names[static_cast<std::size_t>(up_to(shape.names - 1))]);
      time += duration + 1 + (up_to(3) == 0 ? up_to(shape.longest_gap_ns) : 0);
    }
  }
  return builder.seal();
}

}  // namespace tbprof::tests
