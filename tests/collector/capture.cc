#include "tests/collector/capture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "proto/record_reader.h"
#include "proto/trace_decoder.h"

namespace tbprof::tests {

namespace {

struct Names {
  std::vector<std::string> strings;
  std::vector<proto::Name> names;
  std::string text(std::uint32_t id) const {
    if (id >= names.size() || names[id].string_id >= strings.size()) return "(no such name)";
    return strings[names[id].string_id];
  }
  std::string value_text(const proto::SliceAttribute& attribute, std::size_t i) const {
    const bool is_text = attribute.kind == proto::ValueKind::string;
    return is_text ? strings.at(static_cast<std::uint32_t>(attribute.value[i]))
                   : std::to_string(attribute.value[i]);
  }
};

void take_chunk(const proto::TraceChunk& chunk, Names& names, Capture& capture) {
  if (chunk.sequence != capture.chunk_count) capture.error = "a chunk is missing";
  if (chunk.first_string_id != names.strings.size()) capture.error = "string ids are shifted";
  if (chunk.first_name_id != names.names.size()) capture.error = "name ids are shifted";
  names.strings.insert(names.strings.end(), chunk.strings.begin(), chunk.strings.end());
  names.names.insert(names.names.end(), chunk.names.begin(), chunk.names.end());
  for (const proto::TrackDefinition& track : chunk.tracks) {
    capture.tracks[track.id] = track;
    capture.track_names[track.id] = names.strings.at(track.name_string_id);
  }
  for (const proto::SliceBlock& block : chunk.slices) {
    for (std::size_t i = 0; i < block.start_ns.size(); ++i) {
      capture.slices.push_back({names.text(block.name_id[i]),
                                names.names.at(block.name_id[i]).category, block.track_id,
                                block.start_ns[i], block.duration_ns[i]});
    }
    const std::size_t first = capture.slices.size() - block.start_ns.size();
    for (const proto::SliceAttribute& attribute : block.attributes) {
      const std::string& key = names.strings.at(attribute.key_string_id);
      for (std::size_t i = 0; i < attribute.row.size(); ++i) {
        capture.slices[first + attribute.row[i]].facts[key] = names.value_text(attribute, i);
      }
    }
  }
  for (const proto::CounterBlock& block : chunk.counters) {
    auto& values = capture.counters[names.text(block.name_id)];
    values.insert(values.end(), block.value.begin(), block.value.end());
  }
  for (const proto::InstantRecord& instant : chunk.instants) {
    capture.instants.push_back(names.text(instant.name_id));
  }
  const std::size_t first_instant = capture.instants.size() - chunk.instants.size();
  capture.instant_facts.resize(capture.instants.size());
  for (const proto::SliceAttribute& attribute : chunk.instant_attributes) {
    for (std::size_t i = 0; i < attribute.row.size(); ++i) {
      capture.instant_facts[first_instant + attribute.row[i]]
                           [names.strings.at(attribute.key_string_id)] =
          names.value_text(attribute, i);
    }
  }
  capture.steps.insert(capture.steps.end(), chunk.steps.begin(), chunk.steps.end());
  capture.noted_steps.insert(capture.noted_steps.end(), chunk.noted_steps.begin(),
                             chunk.noted_steps.end());
  for (const proto::RecordingWindow& window : chunk.windows) {
    capture.windows[window.number] = window;
  }
  for (const proto::Property& property : chunk.properties) {
    capture.properties[property.key] = property.value;
  }
  capture.losses.insert(capture.losses.end(), chunk.losses.begin(), chunk.losses.end());
  capture.open = chunk.open;
  capture.covered_until_ns = chunk.covered_until_ns;
  ++capture.chunk_count;
}

std::string slurp(int fd) {
  std::string text;
  lseek(fd, 0, SEEK_SET);
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(got));
  close(fd);
  return text;
}

int scratch_file() {
  char path[] = "/tmp/tbprof_test_XXXXXX";
  const int fd = mkostemp(path, O_CLOEXEC);
  unlink(path);
  return fd;
}

[[noreturn]] void become(const std::vector<std::string>& command, const RunOptions& options,
                         int out, int err) {
  dup2(out, STDOUT_FILENO);
  if (options.close_stderr) {
    close(STDERR_FILENO);
  } else {
    dup2(err, STDERR_FILENO);
  }
  if (options.file_size_limit >= 0) {
    signal(SIGXFSZ, SIG_IGN);
    const auto limit = static_cast<rlim_t>(options.file_size_limit);
    const rlimit both{limit, limit};
    setrlimit(RLIMIT_FSIZE, &both);
  }
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  for (const std::string& entry : options.environment) putenv(const_cast<char*>(entry.c_str()));
  execvp(words[0], words.data());
  _exit(127);
}

}  // namespace

std::uint64_t Capture::count(const std::string& name) const {
  return static_cast<std::uint64_t>(
      std::count_if(slices.begin(), slices.end(),
                    [&](const CapturedSlice& slice) { return slice.name == name; }));
}

std::uint64_t Capture::lost(proto::LossKind kind) const {
  std::uint64_t sum = 0;
  for (const proto::LossRecord& loss : losses) sum += loss.kind == kind ? loss.count : 0;
  return sum;
}

const CapturedSlice* Capture::find(const std::string& name) const {
  for (const CapturedSlice& slice : slices) {
    if (slice.name == name) return &slice;
  }
  return nullptr;
}

Capture read_capture(const std::string& path) {
  Capture capture;
  capture.path = path;
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  capture.slice_bytes = bytes.size();
  proto::RecordReader reader({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  proto::RecordView record;
  proto::ChunkDecoder decoder;
  proto::TraceChunk chunk;
  Names names;
  proto::ReadStatus status = reader.next(record);
  for (; status == proto::ReadStatus::record; status = reader.next(record)) {
    auto head = proto::peek_record(record.payload);
    if (!head.ok()) {
      capture.error = head.error().message;
      continue;
    }
    switch (head.value().kind) {
      case proto::TraceRecordKind::header:
        if (auto header = proto::decode_header(record.payload); header.ok()) {
          capture.header = header.take();
        } else {
          capture.error = header.error().message;
        }
        break;
      case proto::TraceRecordKind::chunk:
        if (auto done = decoder.decode(record.payload, chunk); done.ok()) {
          take_chunk(chunk, names, capture);
        } else {
          capture.error = done.error().message;
        }
        break;
      case proto::TraceRecordKind::index:
        if (auto index = proto::decode_index(record.payload); index.ok()) {
          capture.index = index.take();
        } else {
          capture.error = index.error().message;
        }
        break;
      case proto::TraceRecordKind::trailer:
        capture.finished = proto::decode_trailer(record.payload).ok();
        break;
      case proto::TraceRecordKind::unknown:
        capture.error = "a record of an unknown kind";
    }
  }
  capture.short_tail = status == proto::ReadStatus::short_tail;
  if (reader.damage().any()) capture.error = "damaged records";
  if (capture.header.file_id == 0 && !bytes.empty()) capture.error = "no header";
  return capture;
}

std::vector<Capture> read_captures(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (entry.path().extension() == ".tbtrace") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Capture> captures;
  for (const std::string& path : paths) captures.push_back(read_capture(path));
  return captures;
}

TemporaryFolder::TemporaryFolder() {
  char path[] = "/tmp/tbprof_test_XXXXXX";
  path_ = mkdtemp(path);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

bool Outcome::exited_with(int code) const {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}
bool Outcome::killed_by(int signal) const {
  return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

Outcome run_program(const std::vector<std::string>& command, const RunOptions& options) {
  const int out = scratch_file();
  const int err = scratch_file();
  const pid_t child = fork();
  if (child == 0) become(command, options, out, err);
  Outcome outcome;
  if (options.kill_after_ms >= 0) {
    const timespec pause{options.kill_after_ms / 1000, options.kill_after_ms % 1000 * 1'000'000L};
    nanosleep(&pause, nullptr);
    kill(child, SIGKILL);
  }
  waitpid(child, &outcome.status, 0);
  outcome.out = slurp(out);
  outcome.err = slurp(err);
  return outcome;
}

}  // namespace tbprof::tests
