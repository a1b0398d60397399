#include "analyzer/samples_beside.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "analyzer/import/samples_reader.h"

namespace tbprof::analyzer {
namespace {

constexpr std::string_view kTraceEnding = ".tbtrace";

// The milliseconds behind the last underscore, where a number after a dash may follow.
std::int64_t start_ms_of(std::string_view name) {
  const std::size_t at = name.rfind('_');
  std::int64_t start_ms = 0;
  if (at == std::string_view::npos) return 0;
  std::from_chars(name.data() + at + 1, name.data() + name.size(), start_ms);
  return start_ms;
}

}  // namespace

std::string_view process_of_file(std::string_view name) {
  if (!name.ends_with(kTraceEnding) && !name.ends_with(import::kSamplesEnding)) return {};
  const std::size_t last = name.rfind('_');
  if (last == std::string_view::npos || last == 0) return {};
  return name.substr(0, last);
}

std::string samples_of(std::string_view trace_name, const std::vector<FolderEntry>& entries) {
  const std::string_view process = process_of_file(trace_name);
  if (process.empty()) return "";
  const std::int64_t start_ms = start_ms_of(trace_name);
  std::string nearest;
  std::int64_t least_ms = 0;
  for (const FolderEntry& entry : entries) {
    if (!entry.is_file || !entry.name.ends_with(import::kSamplesEnding) ||
        process_of_file(entry.name) != process) {
      continue;
    }
    const std::int64_t away_ms = std::abs(start_ms_of(entry.name) - start_ms);
    if (!nearest.empty() && away_ms >= least_ms) continue;
    nearest = entry.name;
    least_ms = away_ms;
  }
  return nearest;
}

std::string samples_beside(const Root& root, const std::string& relative) {
  if (!relative.ends_with(kTraceEnding)) return "";
  const std::size_t slash = relative.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : relative.substr(0, slash);
  const std::string name = slash == std::string::npos ? relative : relative.substr(slash + 1);
  const auto entries = root.list(folder);
  if (!entries.ok()) return "";
  const std::string found = samples_of(name, entries.value());
  return found.empty() || folder.empty() ? found : folder + "/" + found;
}

}  // namespace tbprof::analyzer
