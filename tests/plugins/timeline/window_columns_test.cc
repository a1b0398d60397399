// The bytes of a window, decoded as README.md describes them, against the answer they were made of.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "plugins/timeline/answers.h"
#include "tests/analyzer/timeline/random_trace.h"

namespace tbprof::plugins::timeline {
namespace {

namespace timeline = analyzer::timeline;
using nlohmann::json;

// A table of columns as numbers, whatever type they came in.
class Table {
 public:
  explicit Table(const std::string& bytes) {
    std::uint32_t head_bytes = 0;
    std::memcpy(&head_bytes, bytes.data() + 4, 4);
    const json head = json::parse(bytes.substr(8, head_bytes));
    meta = head["meta"];
    for (const json& column : head["columns"]) {
      const std::string type = column["type"];
      const char* data = bytes.data() + column["offset"].get<std::size_t>();
      auto& values = columns_[column["name"]];
      for (std::size_t i = 0; i < column["count"]; ++i) {
        if (type == "u8") values.push_back(at<std::uint8_t>(data, i));
        if (type == "u16") values.push_back(at<std::uint16_t>(data, i));
        if (type == "u32") values.push_back(at<std::uint32_t>(data, i));
        if (type == "f32") values.push_back(static_cast<double>(at<float>(data, i)));
        if (type == "f64") values.push_back(at<double>(data, i));
      }
      type_[column["name"]] = type;
    }
  }
  bool has(const std::string& name) const { return columns_.contains(name); }
  const std::vector<double>& of(const std::string& name) const { return columns_.at(name); }
  const std::string& type(const std::string& name) const { return type_.at(name); }
  // Steps added up within each row.
  std::vector<std::uint32_t> sums(const std::string& first, const std::string& step,
                                  const std::string& end) const {
    std::vector<std::uint32_t> out;
    for (std::size_t row = 0; row < of(first).size(); ++row) {
      auto value = static_cast<std::uint32_t>(of(first)[row]);
      while (out.size() < static_cast<std::size_t>(of(end)[row])) {
        value += static_cast<std::uint32_t>(of(step)[out.size()]);
        out.push_back(value);
      }
    }
    return out;
  }

  json meta;

 private:
  template <typename T>
  static T at(const char* data, std::size_t i) {
    T value;
    std::memcpy(&value, data + i * sizeof(T), sizeof(T));
    return value;
  }
  std::map<std::string, std::vector<double>> columns_;
  std::map<std::string, std::string> type_;
};

timeline::WindowQuestion question_of(const timeline::TimelineIndex& index, std::int64_t from_ns,
                                     std::int64_t to_ns, std::uint32_t width_px) {
  timeline::WindowQuestion question{from_ns, to_ns, width_px, {}};
  for (const auto& group : index.picture().groups) {
    for (const auto& track : group.tracks) question.tracks.push_back(&track);
  }
  return question;
}

TEST(WindowColumns, HoldTheAnswer) {
  const auto trace = tests::random_trace(5, {4000, 300, 500, 9});
  const timeline::TimelineIndex index(*trace);
  // From rectangles only to columns only; the narrow window begins at a pixel beyond 255.
  for (const std::int64_t to_ns : {2'000l, 60'000l, trace->duration_ns()}) {
    const auto question = question_of(index, -500, to_ns, 900);
    const auto answer = timeline::answer_window(index, question);
    ASSERT_TRUE(answer.ok());
    const auto& folded = answer.value().folded;
    const Table table(window_columns(index, question, answer.value()));
    const auto pixels = table.sums("row_column_pixel", "column_pixel_step", "row_column_end");
    const auto ids = table.sums("row_column_id", "column_id_step", "row_column_end");
    ASSERT_EQ(pixels.size(), folded.columns.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
      EXPECT_EQ(pixels[i], folded.columns[i].pixel);
      EXPECT_EQ(ids[i], folded.columns[i].id);
      EXPECT_EQ(table.of("column_count")[i], folded.columns[i].count);
    }
    const auto rectangle_ids =
        table.sums("row_rectangle_id", "rectangle_id_step", "row_rectangle_end");
    ASSERT_EQ(rectangle_ids.size(), folded.rectangles.size());
    for (std::size_t i = 0; i < rectangle_ids.size(); ++i) {
      EXPECT_EQ(rectangle_ids[i], folded.rectangles[i].id);
      EXPECT_EQ(table.of("rectangle_start_ns")[i],
                static_cast<double>(folded.rectangles[i].start_ns));
      EXPECT_EQ(table.of("rectangle_duration_ns")[i],
                static_cast<double>(folded.rectangles[i].duration_ns));
    }
    // Every name is of the category that takes most of its pixel.
    EXPECT_FALSE(table.has("column_category"));
  }
}

TEST(WindowColumns, CategoriesAreSentWhereANameDoesNotTellThem) {
  const auto trace = tests::random_trace(5, {400, 300, 500, 9});
  const timeline::TimelineIndex index(*trace);
  const auto question = question_of(index, 0, trace->duration_ns(), 20);
  auto answer = timeline::answer_window(index, question);
  ASSERT_TRUE(answer.ok());
  timeline::WindowAnswer changed = answer.take();
  changed.folded.columns.back().category = proto::Category::overhead;
  const Table table(window_columns(index, question, changed));
  // The last row is not an idle one.
  ASSERT_TRUE(table.has("column_category"));
  EXPECT_EQ(table.of("column_category").back(), static_cast<double>(proto::Category::overhead));
}

TEST(WindowColumns, LongDurationsStayExact) {
  analyzer::trace::TraceBuilder builder;
  builder.set_start_ns(0);
  analyzer::trace::Track track;
  track.kind = proto::TrackKind::thread;
  const auto id = builder.add_track(track);
  builder.add_slice(id, 5, 90'000'000'001, builder.intern_name("long", proto::Category::other));
  const auto trace = builder.seal();
  const timeline::TimelineIndex index(*trace);
  const auto question = question_of(index, 0, trace->duration_ns(), 100);
  const auto answer = timeline::answer_window(index, question);
  ASSERT_TRUE(answer.ok());
  const Table table(window_columns(index, question, answer.value()));
  EXPECT_EQ(table.of("rectangle_duration_ns"), std::vector<double>{90'000'000'001});
}

TEST(WindowColumns, InstantsTellTheirFacts) {
  analyzer::trace::TraceBuilder builder;
  builder.set_start_ns(0);
  analyzer::trace::Track track;
  track.kind = proto::TrackKind::thread;
  const auto id = builder.add_track(track);
  const auto name = builder.intern_name("mark", proto::Category::annotation);
  using Fact = analyzer::trace::InstantFact;
  const Fact payload{builder.intern_value("payload"), builder.intern_value("17")};
  const Fact domain{builder.intern_value("domain"), builder.intern_value("NCCL")};
  builder.add_instant({id, 70, name}, std::vector<Fact>{domain, payload});
  builder.add_instant({id, 40, name});
  builder.add_slice(id, 0, 100, name);
  const auto trace = builder.seal();
  const timeline::TimelineIndex index(*trace);
  const auto question = question_of(index, 0, 100, 100);
  const Table table(
      window_columns(index, question, timeline::answer_window(index, question).take()));
  EXPECT_EQ(table.of("instant_time_ns"), (std::vector<double>{40, 70}));
  EXPECT_EQ(table.meta["instant_facts"],
            json::parse(R"([[1, "domain", "NCCL"], [1, "payload", "17"]])"));
}

Table counter_table(std::vector<double> values) {
  analyzer::trace::TraceBuilder builder;
  builder.set_start_ns(0);
  analyzer::trace::Track track;
  track.kind = proto::TrackKind::thread;
  analyzer::trace::Counter counter;
  counter.track = builder.add_track(track);
  for (std::size_t i = 0; i < values.size(); ++i) {
    counter.time_ns.push_back(static_cast<std::int64_t>(i));
  }
  counter.value = std::move(values);
  builder.add_counter(std::move(counter));
  const auto trace = builder.seal();
  const timeline::TimelineIndex index(*trace);
  const timeline::WindowQuestion question{0, 8, 8, {index.find_track("c0")}};
  return Table(window_columns(index, question, timeline::answer_window(index, question).take()));
}

TEST(WindowColumns, CounterRangesAreF32WhereThatHoldsThem) {
  const double infinity = std::numeric_limits<double>::infinity();
  const Table coarse = counter_table({1, infinity, 64435293793});
  EXPECT_EQ(coarse.type("counter_low"), "f32");
  EXPECT_EQ(coarse.of("counter_last").back(), 64435293793);
  EXPECT_EQ(coarse.of("odd_value"), std::vector<double>{infinity});
  EXPECT_EQ(coarse.of("odd_time_ns"), std::vector<double>{1});
  const Table wide = counter_table({1, 1e300});
  EXPECT_EQ(wide.type("counter_low"), "f64");
  EXPECT_EQ(wide.of("counter_high").back(), 1e300);
  EXPECT_EQ(counter_table({1, 1e-300}).type("counter_high"), "f64");
}

}  // namespace
}  // namespace tbprof::plugins::timeline
