#include "analyzer/import/load_progress.h"

namespace tbprof::analyzer::import {
namespace {

constexpr std::uint64_t kAskEveryBytes = std::uint64_t{4} << 20;

}  // namespace

const char* load_phase_name(LoadPhase phase) {
  switch (phase) {
    case LoadPhase::waiting:
      return "waiting";
    case LoadPhase::unpacking:
      return "unpacking";
    case LoadPhase::reading:
      return "reading";
    case LoadPhase::sorting:
      return "sorting";
  }
  return "reading";
}

proto::Result<> LoadProgress::ask(std::uint64_t read_bytes, const std::string& path) {
  ask_again_at_bytes_ = read_bytes + kAskEveryBytes;
  if (!is_wanted_ || is_wanted_()) return proto::success();
  was_left_.store(true, std::memory_order_relaxed);
  return proto::Error{proto::ErrorCode::unavailable,
                      path + " was not read to its end, because nobody waits for it any more."};
}

}  // namespace tbprof::analyzer::import
