#include "analyzer/import/torch_json.h"

#include <optional>

#include "analyzer/import/foreign_format.h"
#include "analyzer/import/gzip.h"
#include "analyzer/import/json_cursor.h"
#include "analyzer/import/loss_tally.h"
#include "analyzer/import/torch_events.h"
#include "analyzer/import/torch_metadata.h"
#include "analyzer/import/trace_event.h"

namespace tbprof::analyzer::import {
namespace {

using proto::Error;
using proto::ErrorCode;
using proto::Result;

// Metadata may stand before the events and be long.
constexpr std::size_t kPeekBytes = 256 << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class TorchReader {
 public:
  TorchReader(const FileBytes& file, std::string_view text, trace::TraceBuilder& builder)
      : file_(file),
        text_(text),
        cursor_(text),
        builder_(builder),
        events_(builder, tally_),
        metadata_(builder) {
    if (text.starts_with(kByteOrderMark)) cursor_.seek(kByteOrderMark.size());
  }

  // false if there is nothing in the text that could be events. An error if nobody waits for it any
  // more.
  Result<bool> read();

  bool was_cut() const { return was_cut_; }
  // Whether the list of events ends, so that only facts behind it can be missing.
  bool has_all_events() const { return has_all_events_; }
  std::uint64_t repaired() const { return repaired_; }
  std::uint64_t cut_offset() const { return cut_offset_; }
  const LossTally& tally() const { return tally_; }

 private:
  void read_object();
  bool read_pair();
  void read_events();
  bool read_element();
  void skip_broken(std::size_t offset);
  std::size_t end_of_list(std::size_t offset) const;
  void cut_at(std::size_t offset);

  bool is_wanted();

  const FileBytes& file_;
  std::string_view text_;
  std::optional<Error> left_;  // why reading was given up
  std::size_t asked_until_ = 0;
  JsonCursor cursor_;
  trace::TraceBuilder& builder_;
  LossTally tally_;
  TorchEvents events_;
  TorchMetadata metadata_;
  bool has_events_ = false;
  bool has_all_events_ = false;
  bool was_cut_ = false;
  std::uint64_t cut_offset_ = 0;
  std::uint64_t repaired_ = 0;
};

// Tells how far reading has come, in bytes of the file.
bool TorchReader::is_wanted() {
  constexpr std::size_t kAskEveryBytes = 1 << 20;
  if (cursor_.position() < asked_until_) return true;
  asked_until_ = cursor_.position() + kAskEveryBytes;
  const double share = static_cast<double>(cursor_.position()) / static_cast<double>(text_.size());
  auto reached =
      file_.reach(static_cast<std::uint64_t>(share * static_cast<double>(file_.bytes.size())));
  if (!reached.ok()) left_ = reached.take_error();
  return !left_;
}

Result<bool> TorchReader::read() {
  const char first = cursor_.peek();
  if (first == '[') {
    read_events();
  } else if (first == '{') {
    read_object();
  }
  if (left_) return *left_;
  if (!has_events_) return false;
  events_.finish();
  builder_.set_clock_zero_unix_ns(metadata_.base_time_ns());
  if (repaired_ > 0) builder_.add_property("import.repaired_quotes", std::to_string(repaired_));
  tally_.report(builder_);
  return true;
}

void TorchReader::cut_at(std::size_t offset) {
  was_cut_ = true;
  cut_offset_ = offset;
}

void TorchReader::read_object() {
  cursor_.consume('{');
  while (!cursor_.consume('}')) {
    const std::size_t begin = cursor_.position();
    if (cursor_.peek() == '\0') {
      cut_at(begin);
      return;
    }
    if (!read_pair()) {
      if (text_[text_.find_last_not_of(" \t\r\n")] != '}') {
        cut_at(begin);
        if (has_events_) return;
      }
      tally_.add("broken_metadata",
                 "[fact|facts] beside the events could not be read and [was|were] left out", begin);
      // Whatever broke the text, the events are what counts.
      const std::size_t events =
          has_events_ ? std::string_view::npos : text_.find("\"traceEvents\"", cursor_.position());
      if (events == std::string_view::npos) return;
      cursor_.seek(events);
      continue;
    }
    if (was_cut_ || left_) return;
    cursor_.consume(',');
  }
}

bool TorchReader::read_pair() {
  std::string_view key;
  if (!cursor_.string(key) || !cursor_.consume(':')) return false;
  if (key == "traceEvents" && cursor_.peek() == '[') {
    read_events();
    return true;
  }
  const std::size_t begin = cursor_.position();
  std::string_view value;
  bool whole = cursor_.value(value);
  const char next = whole ? cursor_.peek() : '\0';
  if (whole && (next == ',' || next == '}' || next == '\0')) {
    metadata_.add(key, value);
    return true;
  }
  // Today's releases do not escape quotes in what a user adds.
  cursor_.seek(begin);
  whole = cursor_.unescaped_string(value);
  if (!whole) return false;
  ++repaired_;
  metadata_.add(key, text_.substr(begin, cursor_.position() - begin));
  return true;
}

void TorchReader::read_events() {
  cursor_.consume('[');
  has_events_ = true;
  while (!cursor_.consume(']')) {
    if (!is_wanted()) return;
    const char next = cursor_.peek();
    if (next == ',') {
      cursor_.consume(',');
    } else if (next == '\0' && cursor_.position() >= text_.size()) {
      cut_at(cursor_.position());
      return;
    } else if (!read_element()) {
      return;
    }
  }
  has_all_events_ = true;
}

// Steps over one element of the list; false if there is no further one.
bool TorchReader::read_element() {
  const std::size_t begin = cursor_.position();
  TraceEvent event;
  if (read_event(cursor_, Quotes::escaped, event)) {
    events_.add(event, begin);
    return true;
  }
  cursor_.seek(begin);
  if (read_event(cursor_, Quotes::unescaped, event)) {
    ++repaired_;
    events_.add(event, begin);
    return true;
  }
  skip_broken(begin);
  return !was_cut_ && cursor_.position() < text_.size();
}

void TorchReader::skip_broken(std::size_t offset) {
  const std::size_t next = find_event(text_, offset + 1);
  const std::size_t end = next == std::string_view::npos ? end_of_list(offset) : next;
  if (end == std::string_view::npos) {
    cut_at(offset);
    return;
  }
  tally_.add("broken_event", "[event is|events are] not valid JSON and [was|were] left out",
             offset);
  cursor_.seek(end);
}

// The bracket behind the last brace of the list; npos if the text ends before it.
std::size_t TorchReader::end_of_list(std::size_t offset) const {
  for (std::size_t brace = text_.find('}', offset); brace != std::string_view::npos;
       brace = text_.find('}', brace + 1)) {
    const std::size_t bracket = text_.find_first_not_of(" \t\r\n", brace + 1);
    if (bracket != std::string_view::npos && text_[bracket] == ']') return bracket;
  }
  return std::string_view::npos;
}

std::string_view first_bytes(const FileBytes& file, std::string& inflated) {
  if (is_gzip(file.bytes)) {
    inflated = inflate_gzip_head(file.bytes, kPeekBytes);
    return inflated;
  }
  return {reinterpret_cast<const char*>(file.bytes.data()),
          std::min(file.bytes.size(), kPeekBytes)};
}

trace::Source source_of(const FileBytes& file, std::string_view format) {
  trace::Source source;
  source.path = file.path;
  source.format = format;
  source.size_bytes = file.bytes.size();
  return source;
}

}  // namespace

bool TorchJsonImporter::recognizes(const FileBytes& file) const {
  std::string inflated;
  std::string_view head = first_bytes(file, inflated);
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  const std::size_t begin = head.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return false;
  if (head[begin] == '[') return head.find("\"ph\"") != std::string_view::npos;
  if (head[begin] != '{') return false;
  return head.find("\"traceEvents\"") != std::string_view::npos ||
         head.find("\"deviceProperties\"") != std::string_view::npos;
}

Result<std::shared_ptr<const trace::Trace>> TorchJsonImporter::import(const FileBytes& file) const {
  std::string_view text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  Inflated inflated;
  if (is_gzip(file.bytes)) {
    file.enter(LoadPhase::unpacking);
    inflated = TBPROF_TRY(inflate_gzip(file.bytes, file.path));
    text = {inflated.data.get(), inflated.size_bytes};
  } else if (text.size() > GzipOptions().max_inflated_bytes) {
    // A file can be longer than its disk: what would not be read packed is not read plain.
    return Error{ErrorCode::unsupported,
                 file.path + " holds more than " +
                     std::to_string(GzipOptions().max_inflated_bytes >> 20) +
                     " MiB; record a shorter window."};
  }
  trace::TraceBuilder builder;
  file.enter(LoadPhase::reading);
  TorchReader reader(file, text, builder);
  if (!TBPROF_TRY(reader.read())) return not_a_trace(file.path, text);
  file.enter(LoadPhase::sorting);

  trace::Source source = source_of(file, format());
  if (!inflated.damage.empty()) {
    source.state = trace::RecordingState::cut;
    source.state_detail = inflated.damage;
  } else if (reader.was_cut()) {
    source.state = trace::RecordingState::cut;
    const std::string at = " at byte " + std::to_string(reader.cut_offset());
    source.state_detail =
        reader.has_all_events()
            ? "The file ends among the facts behind its events" + at + "; all events are shown."
            : "The file ends inside the list of events" + at + "; what comes before is shown.";
  } else if (reader.repaired() > 0) {
    source.state_detail =
        "The file is not valid JSON, because quotes in it are not escaped; it was read all the "
        "same.";
  }
  builder.set_source(std::move(source));
  return builder.seal();
}

}  // namespace tbprof::analyzer::import
