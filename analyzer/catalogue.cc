#include "analyzer/catalogue.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "analyzer/capture_order.h"
#include "analyzer/capture_start.h"
#include "analyzer/import/importer.h"
#include "analyzer/import/samples_reader.h"
#include "analyzer/import/tbsamples.h"
#include "analyzer/import/tbtrace.h"
#include "analyzer/import/utf8.h"
#include "analyzer/left_out.h"
#include "analyzer/load.h"
#include "analyzer/samples_beside.h"

namespace tbprof::analyzer {
namespace {

using proto::Result;

// Stable over restarts, platforms and releases: FNV-1a of the path.
std::string capture_id(std::string_view path) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : path) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string id = "c";
  for (int shift = 60; shift >= 0; shift -= 4) id += kDigits[(hash >> shift) & 15];
  return id;
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

std::string joined(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

// <run>/plugins/profile/<session> -> run and session; any other folder is a run itself.
std::pair<std::string, std::string> run_and_session(const std::string& folder) {
  constexpr std::string_view mark = "plugins/profile/";
  const std::size_t slash = folder.rfind('/');
  if (slash != std::string::npos) {
    const std::string above = folder.substr(0, slash + 1);
    const bool at_top = above == mark;
    if (at_top || above.ends_with("/" + std::string(mark))) {
      const std::size_t run_bytes = above.size() - mark.size();
      return {at_top ? "." : above.substr(0, run_bytes - 1), folder.substr(slash + 1)};
    }
  }
  return {folder.empty() ? "." : folder, ""};
}

std::optional<CaptureFacts> facts_of(const import::FileBytes& finished) {
  const auto opened = import::open_index(finished);
  if (!opened.ok()) return std::nullopt;  // its chunks say the same once they are read
  const proto::TraceIndex& index = opened.value().index;
  std::int64_t duration_ns = 0;
  if (__builtin_sub_overflow(index.end_ns, index.start_ns, &duration_ns) || duration_ns < 0) {
    return std::nullopt;
  }
  return CaptureFacts{duration_ns, index.slice_count, index.step_count, index.lost_count};
}

bool lies_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder);
}

// Whether a later look may succeed: a network that is gone for a moment, too many open files.
bool may_come_back(const proto::Error& error) {
  return error.code == proto::ErrorCode::io || error.code == proto::ErrorCode::unavailable;
}

// Those of which a trace lies in the folder.
std::set<std::string_view> recorded_processes(const std::vector<FolderEntry>& entries) {
  std::set<std::string_view> processes;
  for (const FolderEntry& entry : entries) {
    if (entry.name.ends_with(".tbtrace")) processes.insert(process_of_file(entry.name));
  }
  return processes;
}

// The files of samples of a folder, by process.
using SamplesOfFolder = std::map<std::string_view, std::vector<FolderEntry>>;

SamplesOfFolder samples_in(const std::vector<FolderEntry>& entries) {
  SamplesOfFolder samples;
  for (const FolderEntry& entry : entries) {
    if (!entry.is_file || !entry.name.ends_with(import::kSamplesEnding)) continue;
    samples[process_of_file(entry.name)].push_back(entry);
  }
  return samples;
}

// Of the file that belongs to this trace; of none if there is none.
FileStamp samples_stamp(std::string_view trace_name, const SamplesOfFolder& samples) {
  const auto of_process = samples.find(process_of_file(trace_name));
  if (of_process == samples.end() || !trace_name.ends_with(".tbtrace")) return {};
  const std::string found = samples_of(trace_name, of_process->second);
  for (const FolderEntry& entry : of_process->second) {
    if (entry.name == found) return entry.stamp;
  }
  return {};
}

class Walk {
 public:
  Walk(const Root& root, const ScanOptions& options) : root_(root), options_(options) {
    if (options.previous == nullptr) return;
    for (const Capture& capture : options.previous->captures) known_[capture.path] = &capture;
    for (const OtherFile& file : options.previous->other_files) {
      known_others_[file.path] = &file.stamp;
    }
  }

  Result<Catalogue> catalogue();

 private:
  struct Pending {
    std::string path;
    int depth;
    FileStamp stamp;
  };

  void visit(const Pending& folder);
  void keep_below(const std::string& folder);
  void look_at(const std::string& folder, const FolderEntry& entry, const FileStamp& samples);
  void add_capture(const std::string& folder, Capture capture, const FileStamp& samples);
  std::optional<Capture> examine(const std::string& path, const FolderEntry& entry);

  const Root& root_;
  const ScanOptions& options_;
  Catalogue found_;
  LeftOut left_out_;
  std::map<std::string, Run> runs_;
  std::vector<Pending> folders_;
  std::vector<Pending> linked_folders_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> visited_;  // device and inode
  std::unordered_map<std::string_view, const Capture*> known_;
  std::unordered_map<std::string_view, const FileStamp*> known_others_;
};

Result<Catalogue> Walk::catalogue() {
  // A logdir that cannot be listed is an error; what cannot be listed below it is a problem.
  TBPROF_TRY(root_.list(""));
  folders_.push_back({"", 0, root_.stamp()});
  // True folders first, so that a run is named by its place and not by a link to it.
  while (!folders_.empty() || !linked_folders_.empty()) {
    std::vector<Pending>& next = folders_.empty() ? linked_folders_ : folders_;
    const Pending folder = std::move(next.back());
    next.pop_back();
    visit(folder);
  }
  found_.problems = left_out_.sentences();
  sort_captures(found_.captures);
  std::sort(found_.other_files.begin(), found_.other_files.end(),
            [](const OtherFile& left, const OtherFile& right) { return left.path < right.path; });
  for (const Capture& capture : found_.captures) {
    runs_[capture.run].capture_ids.push_back(capture.id);
  }
  for (auto& [name, run] : runs_) {
    run.name = name;
    found_.runs.push_back(std::move(run));
  }
  return Result<Catalogue>(std::move(found_));
}

void Walk::visit(const Pending& folder) {
  // A folder may be reached over several links, or lie above itself.
  if (!visited_.emplace(folder.stamp.device, folder.stamp.inode).second) return;
  if (folder.depth > options_.max_depth) {
    left_out_.add(LeftOutKind::too_deep, folder.path + " lies deeper than " +
                                             std::to_string(options_.max_depth) +
                                             " folders and was left out.");
    return;
  }
  auto entries = root_.list(folder.path);
  if (!entries.ok()) {
    left_out_.add(LeftOutKind::unreadable, entries.error().message);
    if (may_come_back(entries.error())) keep_below(folder.path);
    return;
  }
  std::string scratch;
  const std::set<std::string_view> recorded = recorded_processes(entries.value());
  const SamplesOfFolder samples = samples_in(entries.value());
  for (const FolderEntry& entry : entries.value()) {
    const std::string path = joined(folder.path, entry.name);
    if (import::valid_utf8(entry.name, scratch) != entry.name) {
      left_out_.add(LeftOutKind::name_not_utf8,
                    path + " has a name that is not UTF-8 and was left out; rename it.");
    } else if (entry.is_folder) {
      std::vector<Pending>& next = entry.is_link ? linked_folders_ : folders_;
      next.push_back({path, folder.depth + 1, entry.stamp});
    } else if (entry.is_file) {
      // Samples are shown with the trace of their process, where there is one.
      const bool is_part = entry.name.ends_with(import::kSamplesEnding) &&
                           recorded.count(process_of_file(entry.name)) != 0;
      if (!is_part) look_at(folder.path, entry, samples_stamp(entry.name, samples));
    } else if (entry.is_link) {
      left_out_.add(
          LeftOutKind::outside_link,
          path +
              " is a link that leads outside the log directory or nowhere; inside it, links work "
              "where they are relative.");
    }
  }
}

// What the last scan found there stays until the folder can be read again.
void Walk::keep_below(const std::string& folder) {
  if (options_.previous == nullptr) return;
  for (const Capture& capture : options_.previous->captures) {
    if (lies_below(capture.path, folder)) found_.captures.push_back(capture);
  }
  for (const OtherFile& file : options_.previous->other_files) {
    if (lies_below(file.path, folder)) found_.other_files.push_back(file);
  }
}

void Walk::look_at(const std::string& folder, const FolderEntry& entry, const FileStamp& samples) {
  if (entry.name.find("tfevents") != std::string::npos) {
    runs_[run_and_session(folder).first].has_events = true;
    return;
  }
  if (!ends_with_any(entry.name, {".tbtrace", import::kSamplesEnding, ".json", ".json.gz"})) return;
  const std::string path = joined(folder, entry.name);
  const auto known = known_.find(path);
  if (known != known_.end() && known->second->stamp == entry.stamp &&
      known->second->state != trace::RecordingState::live) {
    add_capture(folder, *known->second, samples);
    return;
  }
  const auto other = known_others_.find(path);
  if (other != known_others_.end() && *other->second == entry.stamp) {
    found_.other_files.push_back({path, entry.stamp});
    return;
  }
  if (auto capture = examine(path, entry)) {
    add_capture(folder, std::move(*capture), samples);
  } else {
    found_.other_files.push_back({path, entry.stamp});
  }
}

void Walk::add_capture(const std::string& folder, Capture capture, const FileStamp& samples) {
  capture.samples_stamp = samples;
  std::tie(capture.run, capture.session) = run_and_session(folder);
  found_.captures.push_back(std::move(capture));
}

std::optional<Capture> Walk::examine(const std::string& path, const FolderEntry& entry) {
  Capture capture;
  capture.id = capture_id(path);
  capture.path = path;
  capture.stamp = entry.stamp;
  const bool is_samples = entry.name.ends_with(import::kSamplesEnding);
  const bool is_ours = entry.name.ends_with(".tbtrace") || is_samples;
  const bool is_torch = ends_with_any(entry.name, {".pt.trace.json", ".pt.trace.json.gz"});
  if (is_torch) capture.format = "torch.profiler JSON";
  auto view = root_.peek(path);
  if (!view.ok()) {
    if (is_torch) return capture;
    left_out_.add(LeftOutKind::unreadable, view.error().message);
    const auto known = known_.find(path);
    if (known == known_.end() || !may_come_back(view.error())) return std::nullopt;
    return *known->second;
  }
  const bool may_live = writer_may_live(view.value(), {options_.now_unix_ns});
  const import::FileBytes file{path, view.value().bytes(), may_live};
  if (is_ours) {
    const auto header = first_header(file.bytes);
    capture.start_unix_ns = start_unix_ns(header);
    capture.rank = header ? header->rank : -1;
    capture.world_size = header ? header->world_size : -1;
  } else {
    capture.start_unix_ns = torch_json_start_unix_ns(file.bytes);
  }
  if (is_torch) return capture;
  if (is_ours) {
    capture.format = is_samples ? "tbsamples" : "tbtrace";
    const bool is_finished = is_samples ? import::is_finished_tbsamples(file.bytes)
                                        : import::is_finished_tbtrace(file.bytes);
    capture.state = is_finished ? trace::RecordingState::finished
                    : may_live  ? trace::RecordingState::live
                                : trace::RecordingState::cut;
    if (is_finished && !is_samples) capture.facts = facts_of(file);
    return capture;
  }
  for (const import::Importer* importer : import::importers()) {
    if (!importer->recognizes(file)) continue;
    capture.format = importer->format();
    return capture;
  }
  return std::nullopt;
}

}  // namespace

Result<Catalogue> scan(const Root& logdir, const ScanOptions& options) {
  return Walk(logdir, options).catalogue();
}

}  // namespace tbprof::analyzer
