#include <algorithm>
#include <cmath>
#include <limits>
#include <list>
#include <nlohmann/json.hpp>
#include <span>
#include <unordered_map>
#include <vector>

#include "plugins/timeline/answers.h"
#include "proto/column_table.h"

namespace tbprof::plugins::timeline {

namespace {

using analyzer::timeline::PictureTrackKind;
using analyzer::timeline::PixelColumn;
using analyzer::timeline::PixelGrid;
using analyzer::timeline::Rectangle;
using analyzer::timeline::TimelineIndex;
using analyzer::timeline::WindowAnswer;
using analyzer::timeline::WindowQuestion;
using analyzer::timeline::WindowRow;
using nlohmann::json;

// Numbers the names that occur, in the order in which they occur.
class NameList {
 public:
  explicit NameList(const TimelineIndex& index)
      : index_(index), local_(index.trace().names().size(), analyzer::trace::kNone) {}

  std::uint32_t of_name(std::uint32_t name) {
    if (local_[name] == analyzer::trace::kNone) {
      const auto& entry = index_.trace().names()[name];
      local_[name] = append(entry.text, proto::category_name(entry.category));
    }
    return local_[name];
  }

  std::uint32_t of_step(std::uint32_t step) {
    const auto [found, added] = steps_.try_emplace(step, 0);
    if (added) {
      const auto& entry = index_.step_table().steps[step];
      found->second = append("Step " + std::to_string(entry.number),
                             entry.complete ? "step" : "incomplete_step");
      if (entry.marked_duration_ns != entry.duration_ns) {
        list_.back().push_back(entry.marked_duration_ns);
      }
    }
    return found->second;
  }

  std::uint32_t of_idle() {
    if (idle_ == analyzer::trace::kNone) idle_ = append("Idle", "idle");
    return idle_;
  }

  json take() { return std::move(list_); }

 private:
  std::uint32_t append(const std::string& text, const char* category) {
    list_.push_back({text, category});
    return static_cast<std::uint32_t>(list_.size() - 1);
  }
  const TimelineIndex& index_;
  std::vector<std::uint32_t> local_;
  std::unordered_map<std::uint32_t, std::uint32_t> steps_;
  std::uint32_t idle_ = analyzer::trace::kNone;
  json list_ = json::array();
};

// Columns that live until the table is finished.
class Columns {
 public:
  template <typename Rows, typename Get>
  void f64(std::string_view name, const Rows& rows, Get get) {
    auto& values = doubles_.emplace_back();
    values.reserve(rows.size());
    for (const auto& row : rows) values.push_back(static_cast<double>(get(row)));
    encoder_.add(name, std::span<const double>(values));
  }
  // In the narrowest type that holds the greatest value.
  void whole(std::string_view name, std::vector<std::uint32_t> values) {
    const std::uint32_t most = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
    if (most <= 0xff) return narrow(name, values, bytes_.emplace_back());
    if (most <= 0xffff) return narrow(name, values, shorts_.emplace_back());
    words_.push_back(std::move(values));
    encoder_.add(name, std::span<const std::uint32_t>(words_.back()));
  }
  // As f32 where every value is in its range: for a picture, not for a figure.
  template <typename Rows, typename Get>
  void coarse(std::string_view name, const Rows& rows, Get get) {
    auto& values = floats_.emplace_back();
    values.reserve(rows.size());
    for (const auto& row : rows) {
      const double size = std::abs(get(row));
      constexpr double kLeast = std::numeric_limits<float>::min();
      constexpr double kMost = std::numeric_limits<float>::max();
      if (std::isfinite(size) && size != 0 && !(size >= kLeast && size <= kMost)) {
        return f64(name, rows, get);
      }
      values.push_back(static_cast<float>(get(row)));
    }
    encoder_.add(name, std::span<const float>(values));
  }
  template <typename Rows, typename Get>
  void whole(std::string_view name, const Rows& rows, Get get) {
    std::vector<std::uint32_t> values;
    values.reserve(rows.size());
    for (const auto& row : rows) values.push_back(static_cast<std::uint32_t>(get(row)));
    whole(name, std::move(values));
  }
  std::string finish(const json& meta) const {
    return encoder_.finish(meta.dump(-1, ' ', false, json::error_handler_t::replace));
  }

 private:
  template <typename T>
  void narrow(std::string_view name, const std::vector<std::uint32_t>& values,
              std::vector<T>& out) {
    out.reserve(values.size());
    for (const std::uint32_t value : values) out.push_back(static_cast<T>(value));
    encoder_.add(name, std::span<const T>(out));
  }
  proto::ColumnTableEncoder encoder_;
  std::list<std::vector<double>> doubles_;
  std::list<std::vector<float>> floats_;
  std::list<std::vector<std::uint32_t>> words_;
  std::list<std::vector<std::uint16_t>> shorts_;
  std::list<std::vector<std::uint8_t>> bytes_;
};

// Of 65535; a column that covers anything at all never says 0.
std::uint32_t share_of(const PixelColumn& column, const PixelGrid& grid) {
  const auto width =
      static_cast<double>(grid.edge_ns(column.pixel + 1) - grid.edge_ns(column.pixel));
  if (column.covered_ns <= 0 || width <= 0) return 0;
  const double share = static_cast<double>(column.covered_ns) / width;
  return static_cast<std::uint32_t>(std::clamp(std::lround(share * 65535), 1l, 65535l));
}

// Numbers that grow within a row, as their differences: from `first` on, then each to the one
// before.
struct Steps {
  std::vector<std::uint32_t> first;  // by row; 0 for an empty one
  std::vector<std::uint32_t> step;   // by item; 0 for the first of a row
};

template <typename Items, typename End, typename Get>
Steps steps_of(const std::vector<WindowRow>& rows, const Items& items, End end, Get get) {
  Steps out;
  out.first.reserve(rows.size());
  out.step.reserve(items.size());
  std::size_t at = 0;
  for (const WindowRow& row : rows) {
    const std::size_t stop = end(row);
    std::uint32_t before = at < stop ? get(items[at]) : 0;
    out.first.push_back(before);
    for (; at < stop; ++at) {
      const std::uint32_t value = get(items[at]);
      out.step.push_back(value - before);
      before = value;
    }
  }
  return out;
}

// The numbers of the names in the answer, by the kind of row that each stands in.
struct LocalNames {
  std::vector<std::uint32_t> rectangle;
  std::vector<std::uint32_t> column;
  std::vector<std::uint32_t> instant;
};

LocalNames number_names(const WindowQuestion& question, const WindowAnswer& answer,
                        NameList& names) {
  LocalNames local;
  for (const auto& row : answer.rows) {
    const PictureTrackKind kind = question.tracks[row.track]->kind;
    const auto number = [&](std::uint32_t name) {
      if (kind == PictureTrackKind::idle) return names.of_idle();
      if (kind == PictureTrackKind::steps) return names.of_step(name);
      return names.of_name(name);
    };
    while (local.rectangle.size() < row.rectangle_end) {
      local.rectangle.push_back(number(answer.folded.rectangles[local.rectangle.size()].name));
    }
    while (local.column.size() < row.column_end) {
      local.column.push_back(number(answer.folded.columns[local.column.size()].name));
    }
  }
  for (const auto& instant : answer.instants) local.instant.push_back(names.of_name(instant.name));
  return local;
}

void add_rectangles(const WindowAnswer& answer, std::vector<std::uint32_t> names, Columns& out) {
  const auto& rectangles = answer.folded.rectangles;
  out.f64("rectangle_start_ns", rectangles, [](const Rectangle& r) { return r.start_ns; });
  const bool is_short = std::all_of(rectangles.begin(), rectangles.end(), [](const Rectangle& r) {
    return r.duration_ns <= std::numeric_limits<std::uint32_t>::max();
  });
  const auto duration = [](const Rectangle& r) { return r.duration_ns; };
  if (is_short) {
    out.whole("rectangle_duration_ns", rectangles, duration);
  } else {
    out.f64("rectangle_duration_ns", rectangles, duration);
  }
  Steps ids = steps_of(
      answer.rows, rectangles, [](const WindowRow& row) { return row.rectangle_end; },
      [](const Rectangle& r) { return r.id; });
  out.whole("row_rectangle_id", std::move(ids.first));
  out.whole("rectangle_id_step", std::move(ids.step));
  out.whole("rectangle_name", std::move(names));
}

// Whether a column's category is more than what its name says.
bool is_of_another_category(const TimelineIndex& index, const PixelColumn& column,
                            PictureTrackKind kind) {
  if (kind == PictureTrackKind::idle || kind == PictureTrackKind::steps) return false;
  return index.trace().names()[column.name].category != column.category;
}

void add_columns(const TimelineIndex& index, const WindowQuestion& question,
                 const WindowAnswer& answer, std::vector<std::uint32_t> names,
                 const PixelGrid& grid, Columns& out) {
  const auto& columns = answer.folded.columns;
  const auto end = [](const WindowRow& row) { return row.column_end; };
  Steps pixels = steps_of(answer.rows, columns, end, [](const PixelColumn& c) { return c.pixel; });
  out.whole("row_column_pixel", std::move(pixels.first));
  out.whole("column_pixel_step", std::move(pixels.step));
  Steps ids = steps_of(answer.rows, columns, end, [](const PixelColumn& c) { return c.id; });
  out.whole("row_column_id", std::move(ids.first));
  out.whole("column_id_step", std::move(ids.step));
  out.whole("column_share", columns, [&](const PixelColumn& c) { return share_of(c, grid); });
  out.whole("column_count", columns, [](const PixelColumn& c) { return c.count; });
  out.whole("column_name", std::move(names));
  std::size_t at = 0;
  bool differs = false;
  for (const WindowRow& row : answer.rows) {
    const PictureTrackKind kind = question.tracks[row.track]->kind;
    for (; at < row.column_end; ++at) {
      differs = differs || is_of_another_category(index, columns[at], kind);
    }
  }
  if (!differs) return;
  out.whole("column_category", columns, [](const PixelColumn& c) { return c.category; });
}

// [row of the instants' columns, key, value] of each.
json instant_facts(const TimelineIndex& index, const WindowAnswer& answer) {
  const auto& trace = index.trace();
  json list = json::array();
  for (std::size_t row = 0; row < answer.instants.size(); ++row) {
    for (const auto& fact : trace.facts_of(trace.instants()[answer.instants[row].first])) {
      list.push_back({row, trace.value_text(fact.key), trace.value_text(fact.value)});
    }
  }
  return list;
}

}  // namespace

std::string window_columns(const TimelineIndex& index, const WindowQuestion& question,
                           const WindowAnswer& answer) {
  const PixelGrid grid(question.from_ns, question.to_ns, question.width_px);
  NameList names(index);
  LocalNames local = number_names(question, answer, names);
  json tracks = json::array();
  for (const auto* track : question.tracks) tracks.push_back(track->key);

  Columns out;
  const auto& rows = answer.rows;
  out.whole("row_track", rows, [](const auto& row) { return row.track; });
  out.whole("row_depth", rows, [](const auto& row) { return row.depth; });
  out.whole("row_rectangle_end", rows, [](const auto& row) { return row.rectangle_end; });
  out.whole("row_column_end", rows, [](const auto& row) { return row.column_end; });
  out.whole("row_slices", rows, [](const auto& row) { return row.slice_count; });
  out.f64("row_covered_ns", rows, [](const auto& row) { return row.covered_ns; });
  out.f64("track_busy_ns", answer.busy_ns, [](std::int64_t value) { return value; });

  add_rectangles(answer, std::move(local.rectangle), out);
  add_columns(index, question, answer, std::move(local.column), grid, out);

  const auto& counters = answer.counters;
  out.whole("counter_track", counters, [](const auto& c) { return c.track; });
  out.whole("counter_pixel", counters, [](const auto& c) { return c.pixel; });
  out.coarse("counter_low", counters, [](const auto& c) { return c.low; });
  out.coarse("counter_high", counters, [](const auto& c) { return c.high; });
  out.f64("counter_last", counters, [](const auto& c) { return c.last; });

  const auto& odd = answer.odd_values;
  out.whole("odd_track", odd, [](const auto& o) { return o.track; });
  out.whole("odd_count", odd, [](const auto& o) { return o.count; });
  out.f64("odd_value", odd, [](const auto& o) { return o.value; });
  out.f64("odd_time_ns", odd, [](const auto& o) { return o.time_ns; });

  const auto& instants = answer.instants;
  out.whole("instant_track", instants, [](const auto& i) { return i.track; });
  out.whole("instant_pixel", instants, [](const auto& i) { return i.pixel; });
  out.whole("instant_count", instants, [](const auto& i) { return i.count; });
  out.f64("instant_time_ns", instants, [](const auto& i) { return i.time_ns; });
  out.whole("instant_name", std::move(local.instant));

  return out.finish({{"from_ns", question.from_ns},
                     {"to_ns", question.to_ns},
                     {"width_px", question.width_px},
                     {"tracks", std::move(tracks)},
                     {"names", names.take()},
                     {"instant_facts", instant_facts(index, answer)}});
}

}  // namespace tbprof::plugins::timeline
