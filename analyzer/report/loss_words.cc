#include "analyzer/report/loss_words.h"

#include <algorithm>
#include <array>

#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {

namespace {

enum class Effect : unsigned char { missing, without_names, without_facts, wrong_times };

struct Words {
  std::string_view kind;
  std::string_view label;
  Effect effect = Effect::missing;
};

// The kinds of proto/trace_records.h, then those of the importers and of the trace's builder.
constexpr std::array kWords = {
    Words{"buffer_full", "full buffers"},
    Words{"memory_limit", "no memory for buffers"},
    Words{"unmatched_end", "ends without a begin"},
    Words{"write_failed", "refused by the disk"},
    Words{"name_truncated", "cut names", Effect::without_names},
    Words{"cupti_dropped", "dropped by CUPTI"},
    Words{"bad_timestamp", "without a time"},
    Words{"suspect_time", "doubtful times", Effect::wrong_times},
    Words{"late_record", "late records", Effect::without_facts},
    Words{"unmatched_record", "without a launch", Effect::without_facts},
    Words{"unfinished_record", "still running at the end"},
    Words{"unread_record", "unread GPU records"},
    Words{"metric_sample", "samples of metrics", Effect::without_facts},
    Words{"bad_chunk", "unreadable chunks"},
    Words{"missing_chunk", "missing chunks"},
    Words{"repeated_chunk", "repeated chunks", Effect::without_facts},
    Words{"behind_end", "behind the end", Effect::without_facts},
    Words{"bad_payload", "damaged records"},
    Words{"bad_length", "damaged records"},
    Words{"unknown_record", "unknown records"},
    Words{"foreign_record", "records of another file"},
    Words{"bad_header", "damaged header", Effect::without_facts},
    Words{"undefined_id", "lost names", Effect::without_names},
    Words{"unknown_event", "unknown events"},
    Words{"broken_event", "broken events"},
    Words{"broken_metadata", "broken facts", Effect::without_facts},
    Words{"bad_counter", "broken counters"},
    Words{"bad_samples", "damaged samples", Effect::without_facts},
    Words{"cut_samples", "samples that end early", Effect::without_facts},
    Words{"dropped_samples", "samples without room", Effect::without_facts},
    Words{"unseen_threads", "threads not looked at", Effect::without_facts},
    Words{"unseen_processes", "processes not looked at", Effect::without_facts},
    Words{"unkept_processes", "processes without samples", Effect::without_facts},
    Words{"too_long", "longer than a week"},
    Words{"extreme_time", "impossible times", Effect::wrong_times},
    Words{"too_deep", "nested too deep"},
    Words{"too_many_slices", "too many slices"},
    Words{"too_many_properties", "too many facts", Effect::without_facts},
};

const Words* words_of(std::string_view kind) {
  const auto* found = std::find_if(kWords.begin(), kWords.end(),
                                   [kind](const Words& words) { return words.kind == kind; });
  return found == kWords.end() ? nullptr : found;
}

Effect effect_of(std::string_view kind) {
  const Words* words = words_of(kind);
  return words == nullptr ? Effect::missing : words->effect;
}

}  // namespace

std::string loss_label(std::string_view kind) {
  const Words* words = words_of(kind);
  if (words != nullptr) return std::string(words->label);
  std::string label(kind);
  std::replace(label.begin(), label.end(), '_', ' ');
  return label;
}

std::string loss_sentence(const trace::Loss& loss) {
  if (!loss.detail.empty()) return loss.detail;
  return counted(loss.count, "record") + (loss.count == 1 ? " is" : " are") +
         " not whole: " + loss_label(loss.kind) + ".";
}

bool is_missing_events(std::string_view kind) { return effect_of(kind) == Effect::missing; }

std::string loss_meaning(std::string_view kind) {
  switch (effect_of(kind)) {
    case Effect::without_names:
      return "Times and counts hold; the names do not tell all apart.";
    case Effect::without_facts:
      return "Times and counts hold.";
    case Effect::wrong_times:
      return "Times of these are not to be trusted.";
    case Effect::missing:
      break;
  }
  return "The figures hold for what was kept: counts and times may be too low, gaps too long.";
}

std::vector<std::string> loss_meanings(std::span<const trace::Loss> losses) {
  std::vector<std::string> meanings;
  for (const trace::Loss& loss : losses) {
    std::string meaning = loss_meaning(loss.kind);
    if (std::find(meanings.begin(), meanings.end(), meaning) == meanings.end()) {
      meanings.push_back(std::move(meaning));
    }
  }
  return meanings;
}

}  // namespace tbprof::analyzer::report
