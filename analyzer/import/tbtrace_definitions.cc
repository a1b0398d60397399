// What the chunks define: header, strings, names, launch shapes and tracks, and what is shown for
// those whose definition is lost.
#include "analyzer/import/kernel_name.h"
#include "analyzer/import/tbtrace_rows.h"
#include "analyzer/import/utf8.h"

namespace tbprof::analyzer::import {
namespace {

using proto::kNoId;

// About what a track takes here and in the builder.
constexpr std::size_t kTrackBytes = 512;

proto::Category known_category(proto::Category category) {
  return static_cast<std::size_t>(category) < proto::kCategoryCount ? category
                                                                    : proto::Category::other;
}

proto::TrackKind known_kind(proto::TrackKind kind) {
  return kind <= proto::TrackKind::process ? kind : proto::TrackKind::process;
}

std::string extent_text(const std::uint32_t (&extent)[3]) {
  return "[" + std::to_string(extent[0]) + "," + std::to_string(extent[1]) + "," +
         std::to_string(extent[2]) + "]";
}

std::string program_name(const std::vector<std::string>& command) {
  if (command.empty() || command.front().empty()) return "process";
  const std::string& path = command.front();
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace

void TbtraceRows::set_header(const proto::TraceHeader& header) {
  std::string scratch;
  pid_ = header.pid;
  process_ = valid_utf8(program_name(header.command) + " " + std::to_string(header.pid), scratch);
  std::int64_t zero_unix_ns = 0;
  if (!__builtin_sub_overflow(header.start_realtime_ns, header.start_monotonic_ns, &zero_unix_ns)) {
    builder_.set_clock_zero_unix_ns(zero_unix_ns);
  }
  builder_.set_start_ns(header.start_monotonic_ns);
  std::string command;
  for (const std::string& word : header.command) {
    if (!command.empty()) command += ' ';
    command += word;
  }
  const auto add = [&](const char* key, std::string_view value) {
    if (!value.empty()) builder_.add_property(key, std::string(valid_utf8(value, scratch)));
  };
  add("host", header.host);
  add("pid", std::to_string(header.pid));
  if (header.parent_pid != 0) add("parent_pid", std::to_string(header.parent_pid));
  add("command", command);
  add("run", header.run);
  add("session", header.session);
  if (header.rank >= 0) add("rank", std::to_string(header.rank));
  if (header.world_size >= 0) add("world_size", std::to_string(header.world_size));
  add("writer", header.writer);
}

void TbtraceRows::define(const proto::TraceChunk& chunk) {
  std::string scratch;
  std::string second_scratch;
  strings_.begin_at(chunk.first_string_id);
  for (const std::string& text : chunk.strings) {
    strings_.add(std::string(valid_utf8(text, scratch)));
    definition_bytes_ += sizeof(text) + text.size();
  }
  names_.begin_at(chunk.first_name_id);
  for (const proto::Name& name : chunk.names) {
    const proto::Category category = known_category(name.category);
    const std::string_view text = text_of(name.string_id);
    if (category == proto::Category::kernel) {
      names_.add(builder_.intern_name(readable_kernel_name(std::string(text)), category));
    } else {
      names_.add(builder_.intern_name(text, category));
    }
  }
  shapes_.begin_at(chunk.first_shape_id);
  for (const proto::LaunchShape& shape : chunk.shapes) shapes_.add(values_of(shape));
  for (const proto::TrackDefinition& track : chunk.tracks) define_track(track);
  definition_bytes_ += chunk.names.size() * sizeof(trace::NameId) +
                       chunk.shapes.size() * sizeof(ShapeValues) +
                       chunk.tracks.size() * kTrackBytes;
  for (const proto::Property& property : chunk.properties) {
    builder_.add_property(std::string(valid_utf8(property.key, scratch)),
                          std::string(valid_utf8(property.value, second_scratch)));
  }
}

std::string_view TbtraceRows::text_of(std::uint32_t string_id) {
  const std::string* text = strings_.find(string_id);
  if (text != nullptr) return *text;
  undefined(
      "[name is|names are] not in the file, because what defined [it|them] is lost; [it is|they "
      "are] "
      "shown as (name lost)");
  return "(name lost)";
}

TbtraceRows::ShapeValues TbtraceRows::values_of(const proto::LaunchShape& shape) {
  return {{builder_.intern_value(extent_text(shape.grid)),
           builder_.intern_value(extent_text(shape.block)),
           builder_.intern_value(std::to_string(shape.registers_per_thread)),
           builder_.intern_value(std::to_string(shape.static_shared_memory_bytes)),
           builder_.intern_value(std::to_string(shape.dynamic_shared_memory_bytes)),
           shape.cluster[0] != 0 ? builder_.intern_value(extent_text(shape.cluster)) : kNoId}};
}

// The calls that CUPTI saw on a thread come on a track without a name; they belong with what the
// thread itself recorded. Two named tracks of one id are two threads, one after the other.
trace::TrackId TbtraceRows::join_thread(const proto::TrackDefinition& definition, bool is_named) {
  if (definition.kind != proto::TrackKind::thread || definition.tid == 0) {
    return builder_.add_track({});
  }
  const auto [known, is_new] =
      threads_.try_emplace({definition.pid != 0 ? definition.pid : pid_, definition.tid});
  if (is_new || (is_named && known->second.is_named)) {
    known->second = {builder_.add_track({}), is_named};
  }
  known->second.is_named |= is_named;
  return known->second.track;
}

void TbtraceRows::define_track(const proto::TrackDefinition& definition) {
  const bool is_named =
      definition.name_string_id != kNoId && !text_of(definition.name_string_id).empty();
  const auto [found, is_new] = tracks_.try_emplace(definition.id, trace::kNone);
  if (is_new) found->second = join_thread(definition, is_named);
  trace::Track& track = builder_.track(found->second);
  if (!is_named && !track.name.empty()) return;
  track.kind = known_kind(definition.kind);
  track.pid = definition.pid != 0 ? definition.pid : pid_;
  track.tid = definition.tid;
  track.device = definition.device;
  track.stream = definition.stream;
  const bool on_device = track.kind == trace::TrackKind::stream;
  track.group = on_device ? "GPU " + std::to_string(definition.device) : process_;
  if (is_named) {
    track.name = text_of(definition.name_string_id);
  } else if (on_device) {
    track.name = "stream " + std::to_string(definition.stream);
  } else if (definition.tid != 0 && definition.tid == track.pid) {
    track.name = "main thread";
  } else {
    track.name = "thread " + std::to_string(definition.tid);
  }
}

trace::TrackId TbtraceRows::track_of(std::uint32_t id) {
  const auto found = tracks_.find(id);
  if (found != tracks_.end()) return found->second;
  undefined(
      "[track is|tracks are] not described in the file, because the description is lost; [it "
      "is|they "
      "are] shown as (track lost)");
  trace::Track track;
  track.name = "(track lost) " + std::to_string(id);
  track.group = process_;
  return tracks_.emplace(id, builder_.add_track(std::move(track))).first->second;
}

trace::NameId TbtraceRows::name_of(std::uint32_t id) {
  const trace::NameId* name = names_.find(id);
  if (name != nullptr) return *name;
  undefined(
      "[slice or mark has|slices or marks have] a name that is not in the file; [it is|they are] "
      "shown "
      "as (name lost)");
  return builder_.intern_name("(name lost)", proto::Category::other);
}

}  // namespace tbprof::analyzer::import
