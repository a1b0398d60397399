#include "analyzer/report/ranges_headline.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/report/wait_names.h"
#include "analyzer/report/words.h"

namespace tbprof::analyzer::report {

namespace {

// Of the time in ranges; what waits less is not worth a sentence.
constexpr double kWaitMatters = 0.05;
constexpr std::size_t kFew = 3;
constexpr std::size_t kLongestName = 60;

// Rows by self time, greatest first, and their sum.
struct Ranking {
  std::vector<const profile::RangeRow*> rows;
  std::int64_t self_ns = 0;

  void add(const profile::RangeRow& row) {
    rows.push_back(&row);
    self_ns += row.self_ns;
  }
  void sort() {
    std::stable_sort(rows.begin(), rows.end(), [](const auto* left, const auto* right) {
      return left->self_ns > right->self_ns;
    });
  }
};

// Cut between characters, never inside one.
std::string short_name(std::string_view name) {
  if (name.size() <= kLongestName) return std::string(name);
  std::size_t end = kLongestName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0u) == 0x80) --end;
  return std::string(name.substr(0, end)) + "\u2026";
}

std::string share(std::int64_t part_ns, std::int64_t whole_ns) {
  return share_words(static_cast<double>(part_ns), static_cast<double>(whole_ns));
}

// Outside steps there is start-up, and whatever only lies around the training.
bool is_inside_steps(const profile::RangeRow& row) {
  return row.category != proto::Category::step && row.in_steps_count > 0;
}

std::string greatest_words(const Ranking& work) {
  if (work.rows.size() <= kFew) return "";
  std::int64_t few_ns = 0;
  for (std::size_t i = 0; i < kFew; ++i) few_ns += work.rows[i]->self_ns;
  return "The three greatest of " + count_words(work.rows.size()) + " take " +
         share(few_ns, work.self_ns) + ".";
}

std::string wait_words(const Ranking& waits, std::int64_t all_ns) {
  if (static_cast<double>(waits.self_ns) < kWaitMatters * static_cast<double>(all_ns)) return "";
  return "Not counted are waits, " + share(waits.self_ns, all_ns) + " of the time: most in " +
         short_name(waits.rows.front()->name) + ".";
}

}  // namespace

Headline ranges_headline(const profile::RangeTable& table) {
  Ranking work;
  Ranking waits;
  const bool has_steps = std::any_of(table.rows.begin(), table.rows.end(), is_inside_steps);
  for (const profile::RangeRow& row : table.rows) {
    if (row.category == proto::Category::step || (has_steps && !is_inside_steps(row))) continue;
    (is_wait(row.name, row.category) ? waits : work).add(row);
  }
  work.sort();
  waits.sort();
  const std::int64_t all_ns = work.self_ns + waits.self_ns;
  const std::string where = has_steps ? " in ranges of steps." : " in ranges.";
  if (all_ns <= 0) return {"No time was spent in ranges.", ""};
  if (work.self_ns <= 0) {
    return {"The ranges only wait: " + short_name(waits.rows.front()->name) + " takes " +
                share(waits.rows.front()->self_ns, all_ns) + " of the time in them.",
            "Add ranges around the work to see what it consists of."};
  }
  const std::string waiting = wait_words(waits, all_ns);
  Headline words;
  words.finding = short_name(work.rows.front()->name) + " itself takes " +
                  share(work.rows.front()->self_ns, work.self_ns) +
                  (waiting.empty() ? " of the time" : " of the work") + where;
  words.advice = greatest_words(work);
  if (!waiting.empty()) words.advice += (words.advice.empty() ? "" : " ") + waiting;
  return words;
}

}  // namespace tbprof::analyzer::report
