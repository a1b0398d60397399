// The buffer that the browser reads as typed arrays, taken apart as the browser does.
#include "proto/column_table.h"

#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "proto/category.h"
#include "proto/trace_records.h"

namespace tbprof::tests::proto {
namespace {

using namespace tbprof::proto;

nlohmann::json head_of(const std::string& table) {
  EXPECT_EQ(table.substr(0, 4), "TBC1");
  std::uint32_t size = 0;
  std::memcpy(&size, table.data() + 4, sizeof size);
  return nlohmann::json::parse(table.substr(8, size));
}

template <typename T>
std::vector<T> column_of(const std::string& table, const nlohmann::json& column) {
  const std::size_t offset = column["offset"];
  EXPECT_EQ(offset % 8, 0u);
  std::vector<T> values(column["count"].get<std::size_t>());
  EXPECT_LE(offset + values.size() * sizeof(T), table.size());
  if (!values.empty()) std::memcpy(values.data(), table.data() + offset, values.size() * sizeof(T));
  return values;
}

TEST(ColumnTable, HoldsColumnsOfEveryType) {
  const std::vector<double> start = {0.5, -1e300, 3};
  const std::vector<float> share = {0.25f};
  const std::vector<std::int32_t> change = {-1, 2147483647};
  const std::vector<std::uint32_t> name = {0xffffffffu, 7, 8};
  const std::vector<std::uint16_t> depth = {65535, 1, 2};
  const std::vector<std::uint8_t> kind = {1, 2, 3, 4, 255};
  ColumnTableEncoder encoder;
  encoder.add("start", start);
  encoder.add("share", share);
  encoder.add("change", change);
  encoder.add("name", name);
  encoder.add("depth", depth);
  encoder.add("kind", kind);
  const std::string table = encoder.finish(R"({"total":3})");

  const nlohmann::json head = head_of(table);
  EXPECT_EQ(head["meta"]["total"], 3);
  const nlohmann::json& columns = head["columns"];
  ASSERT_EQ(columns.size(), 6u);
  const char* const types[] = {"f64", "f32", "i32", "u32", "u16", "u8"};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(columns[i]["type"], types[i]);
  EXPECT_EQ(columns[3]["name"], "name");
  EXPECT_EQ(column_of<double>(table, columns[0]), start);
  EXPECT_EQ(column_of<float>(table, columns[1]), share);
  EXPECT_EQ(column_of<std::int32_t>(table, columns[2]), change);
  EXPECT_EQ(column_of<std::uint32_t>(table, columns[3]), name);
  EXPECT_EQ(column_of<std::uint16_t>(table, columns[4]), depth);
  EXPECT_EQ(column_of<std::uint8_t>(table, columns[5]), kind);
}

TEST(ColumnTable, EmptyTableAndEmptyColumns) {
  EXPECT_EQ(head_of(ColumnTableEncoder().finish())["columns"].size(), 0u);
  ColumnTableEncoder encoder;
  encoder.add("none", std::span<const double>());
  encoder.add("also none", std::span<const std::uint8_t>());
  const std::string table = encoder.finish();
  EXPECT_EQ(table.size() % 8, 0u);
  EXPECT_TRUE(column_of<double>(table, head_of(table)["columns"][0]).empty());
}

TEST(ColumnTable, NamesAreEscaped) {
  const std::vector<double> one = {1};
  ColumnTableEncoder encoder;
  const std::string name = "a \"quoted\\\" \n name\x01";
  encoder.add(name, one);
  EXPECT_EQ(head_of(encoder.finish())["columns"][0]["name"], name);
}

TEST(ColumnTable, HeadOfAnyLengthKeepsColumnsAligned) {
  // The offsets' own digits decide where the columns begin.
  const std::vector<std::uint8_t> bytes(9, 42);
  for (std::size_t length = 0; length < 300; ++length) {
    ColumnTableEncoder encoder;
    encoder.add(std::string(length, 'n'), bytes);
    encoder.add("second", bytes);
    const std::string table = encoder.finish();
    const nlohmann::json head = head_of(table);
    EXPECT_EQ(column_of<std::uint8_t>(table, head["columns"][0]), bytes);
    EXPECT_EQ(column_of<std::uint8_t>(table, head["columns"][1]), bytes);
  }
}

TEST(Names, EveryCategoryAndLossKindHasItsOwn) {
  EXPECT_STREQ(category_name(Category::other), "other");
  EXPECT_STREQ(category_name(Category::runtime_api), "runtime_api");
  EXPECT_STREQ(category_name(Category::loading), "loading");
  EXPECT_STREQ(category_name(static_cast<Category>(200)), "other");
  EXPECT_STREQ(loss_kind_name(LossKind::buffer_full), "buffer_full");
  EXPECT_STREQ(loss_kind_name(LossKind::bad_timestamp), "bad_timestamp");
  EXPECT_STREQ(loss_kind_name(static_cast<LossKind>(kLossKindCount)), "unknown");
}

}  // namespace
}  // namespace tbprof::tests::proto
