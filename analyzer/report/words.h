// Figures as people read them in sentences: a unit, three or four digits that mean something, and
// no-break spaces where a line must not break. Pure functions. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/category.h"

namespace tbprof::analyzer::report {

std::string duration_words(std::int64_t duration_ns);  // "13.8 ms", "710 µs", "1 613 ms"
std::string share_words(double part, double whole);    // "15.3 %", "< 0.1 %"
std::string count_words(std::uint64_t count);          // "9 410", "9.41 M"
std::string grouped(std::uint64_t number);             // "41 287 104"
// A count with its noun: "1 step", "40 steps".
std::string counted(std::uint64_t count, std::string_view noun);

// What a part of a step is called in a sentence or a table head: "host code" for cpu_operator.
std::string part_words(proto::Category part);

// With plain spaces, for a terminal and for tests.
std::string with_plain_spaces(std::string_view text);

}  // namespace tbprof::analyzer::report
