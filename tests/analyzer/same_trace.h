// Whether two traces say the same, column by column. Functions only. Any thread.
#pragma once

#include <algorithm>
#include <string>

#include "analyzer/trace/trace.h"

namespace tbprof::tests {

// What of them differs; empty if nothing does.
inline std::string difference(const analyzer::trace::Trace& a, const analyzer::trace::Trace& b) {
  using namespace analyzer::trace;
  const auto same = [](const auto& left, const auto& right, auto equal) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), equal);
  };
  const auto plain = [](const auto& left, const auto& right) { return left == right; };
  const Source& of_a = a.source();
  const Source& of_b = b.source();
  if (of_a.size_bytes != of_b.size_bytes || of_a.state != of_b.state) return "size or state";
  if (of_a.state_detail != of_b.state_detail) return of_a.state_detail + of_b.state_detail;
  if (of_a.covered_until_ns != of_b.covered_until_ns) return "covered time";
  if (a.start_unix_ns() != b.start_unix_ns() || a.duration_ns() != b.duration_ns()) return "times";
  if (!same(a.properties(), b.properties(),
            [](const auto& l, const auto& r) { return l.key == r.key && l.value == r.value; })) {
    return "properties";
  }
  if (!same(a.tracks(), b.tracks(), [](const Track& l, const Track& r) {
        return l.kind == r.kind && l.name == r.name && l.group == r.group && l.tid == r.tid &&
               l.stream == r.stream && l.first_lane == r.first_lane && l.lane_count == r.lane_count;
      })) {
    return "tracks";
  }
  if (!same(a.lanes(), b.lanes(), [](const Lane& l, const Lane& r) {
        return l.track == r.track && l.depth == r.depth && l.first_slice == r.first_slice &&
               l.slice_count == r.slice_count;
      })) {
    return "lanes";
  }
  if (!same(a.names(), b.names(), [](const Name& l, const Name& r) {
        return l.text == r.text && l.category == r.category;
      })) {
    return "names";
  }
  if (!same(a.start_column_ns(), b.start_column_ns(), plain)) return "starts";
  if (!same(a.name_column(), b.name_column(), plain)) return "names of slices";
  for (SliceId id = 0; id < a.slice_count(); ++id) {
    if (a.slice_duration_ns(id) != b.slice_duration_ns(id)) return "durations";
  }
  if (!same(a.steps(), b.steps(), [](const Step& l, const Step& r) {
        return l.number == r.number && l.start_ns == r.start_ns && l.duration_ns == r.duration_ns &&
               l.track == r.track && l.name == r.name && l.complete == r.complete;
      })) {
    return "steps";
  }
  if (!same(a.counters(), b.counters(), [](const Counter& l, const Counter& r) {
        return l.name == r.name && l.track == r.track && l.time_ns == r.time_ns &&
               l.value == r.value;
      })) {
    return "counters";
  }
  if (!same(a.instants(), b.instants(), [&](const Instant& l, const Instant& r) {
        return l.track == r.track && l.time_ns == r.time_ns && l.name == r.name &&
               same(a.facts_of(l), b.facts_of(r), [&](const InstantFact& f, const InstantFact& g) {
                 return a.value_text(f.key) == b.value_text(g.key) &&
                        a.value_text(f.value) == b.value_text(g.value);
               });
      })) {
    return "instants";
  }
  if (!same(a.losses(), b.losses(), [](const Loss& l, const Loss& r) {
        return l.kind == r.kind && l.count == r.count && l.from_ns == r.from_ns &&
               l.until_ns == r.until_ns && l.detail == r.detail;
      })) {
    return "losses";
  }
  if (!same(a.values(), b.values(), plain)) return "values";
  if (!same(a.attributes(), b.attributes(), [](const Attribute& l, const Attribute& r) {
        return l.key == r.key && l.slice == r.slice && l.value == r.value;
      })) {
    return "attributes";
  }
  const auto same_link = [](const Link& l, const Link& r) {
    return l.from == r.from && l.to == r.to;
  };
  if (!same(a.links_by_from(), b.links_by_from(), same_link)) return "links";
  if (!same(a.links_by_to(), b.links_by_to(), same_link)) return "links";
  return "";
}

}  // namespace tbprof::tests
