#include "analyzer/report/device_words.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {
namespace {

constexpr std::int64_t kLongStartNs = 1'000'000'000;

// How a recording without their contents calls the launches of graphs.
bool has_graph_launches(const trace::Trace& trace) {
  return std::ranges::any_of(trace.names(), [](const trace::Name& name) {
    return name.text.starts_with("CUDA graph ") && name.text.ends_with("(contents not recorded)");
  });
}

bool has_graph_nodes(const trace::Trace& trace) {
  return std::ranges::any_of(trace.attributes(), [](const trace::Attribute& attribute) {
    return attribute.key == "graph node" && !attribute.slice.empty();
  });
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::vector<std::string> device_sentences(const trace::Trace& trace) {
  std::vector<std::string> sentences;
  const auto add = [&](std::string_view before, std::string_view key, std::string_view after) {
    const std::string_view value = trace.property(key);
    if (value.empty()) return;
    sentences.push_back(std::string(before) + std::string(value) + std::string(after));
  };
  add("GPU activity was not recorded: ", "cuda.not_recorded", ".");
  add("", "cuda.stepped_aside",
      " took over CUPTI, which serves one tool at a time: from then on GPU activity was not "
      "recorded.");
  add("From some time on GPU work was not recorded: ", "cuda.stopped", ".");
  add("Hardware metrics were not sampled: ", "cuda.metrics_not_sampled", ".");
  if (has_graph_launches(trace)) {
    sentences.emplace_back(
        "CUDA graphs are recorded by launch; --graph-nodes records what runs in them.");
  }
  if (has_graph_nodes(trace)) sentences.emplace_back("CUDA graphs are recorded by node.");
  const std::int64_t start_ns = number_of(trace.property("cuda.cupti_start_ns"));
  if (start_ns >= kLongStartNs) {
    sentences.push_back("CUPTI took " + duration_words(start_ns) + " to start, once.");
  }
  return sentences;
}

}  // namespace tbprof::analyzer::report
