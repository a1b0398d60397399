#include "analyzer/import/foreign_format.h"

namespace tbprof::analyzer::import {
namespace {

constexpr std::size_t kLookBytes = 64 << 10;
constexpr std::string_view kReadable =
    "; tbprof reads .tbtrace files and torch.profiler's .pt.trace.json (also as .gz).";

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view what_json(std::string_view head) {
  if (has(head, "\"nodes\"") && has(head, "\"schema\"")) {
    return "is a PyTorch execution trace, which holds a graph of operators but no times";
  }
  if (has(head, "\"self_cpu_time_total\"") || has(head, "\"count\"")) {
    return "is a table of results, not a trace";
  }
  return "is JSON, but holds no list of trace events";
}

std::string_view what(const std::string& path, std::string_view head) {
  if (head.empty()) return "is empty";
  const std::size_t first = head.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first != std::string_view::npos && (head[first] == '{' || head[first] == '[')) {
    return what_json(head);
  }
  if (path.ends_with(".xplane.pb")) return "is an XPlane file of TensorFlow or JAX";
  if (path.ends_with(".pftrace") || path.ends_with(".pftrace.gz")) return "is a Perfetto trace";
  if (has(path, "tfevents")) return "is an event file of summaries, not a trace";
  if (head[0] == '\x80' && head.size() > 1 && head[1] >= 2 && head[1] <= 5) {
    return "is a Python pickle, which is never opened because loading one can run any program";
  }
  if (head.starts_with("SQLite format 3")) return "is an SQLite database, perhaps Nsight Systems'";
  if (head.starts_with("PK\x03\x04")) return "is a ZIP archive";
  if (head.starts_with("\x7f"
                       "ELF"))
    return "is a program or library";
  if (!has(head, std::string_view("\0", 1))) return "is text, not a trace";
  return "is of no format that is known here";
}

}  // namespace

proto::Error not_a_trace(const std::string& path, std::string_view content) {
  if (content.empty() && path.ends_with(".tbtrace")) {
    return {proto::ErrorCode::unsupported,
            path +
                " is empty: its program has only just begun, or was killed before anything of it "
                "was written."};
  }
  return {
      proto::ErrorCode::unsupported,
      path + " " + std::string(what(path, content.substr(0, kLookBytes))) + std::string(kReadable)};
}

}  // namespace tbprof::analyzer::import
