#include "analyzer/trace/samples.h"

namespace tbprof::analyzer::trace {

const std::string& Samples::text(std::uint32_t id) const {
  static const std::string unknown = "?";
  return id < texts.size() ? texts[id] : unknown;
}

std::size_t Samples::memory_bytes() const {
  std::size_t total = rows.capacity() * sizeof(Sample) + frames.capacity() * sizeof(SampleFrame) +
                      stacks.capacity() * sizeof(SampleStack) +
                      threads.capacity() * sizeof(SampledThread);
  for (const std::string& text : texts) total += sizeof(text) + text.capacity();
  return total;
}

}  // namespace tbprof::analyzer::trace
