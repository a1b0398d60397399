#include "cuda/launch_tally.h"

#include <algorithm>

namespace tbprof::cuda {

namespace {

constexpr std::size_t kMostWaiting = std::size_t{1} << 18;

}  // namespace

bool LaunchTally::is_past(std::uint32_t correlation_id) const {
  return newest_ - correlation_id >= kCalls && newest_ >= correlation_id;
}

bool LaunchTally::is_known(std::uint32_t correlation_id) const {
  if (bits_.empty() || correlation_id > newest_ || is_past(correlation_id)) return false;
  const std::uint32_t place = correlation_id % kCalls;
  return (bits_[place / 64] >> (place % 64) & 1) != 0;
}

void LaunchTally::add_call(std::uint32_t correlation_id) {
  if (bits_.empty()) {
    bits_.resize(kCalls / 64);
    newest_ = correlation_id;
  }
  if (correlation_id > newest_) {
    // The places of the calls in between held those of long ago.
    const std::uint32_t passed = std::min(correlation_id - newest_, kCalls);
    for (std::uint32_t i = 0; i < passed; ++i) {
      const std::uint32_t place = (correlation_id - i) % kCalls;
      bits_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    }
    newest_ = correlation_id;
  } else if (is_past(correlation_id)) {
    return;
  }
  const std::uint32_t place = correlation_id % kCalls;
  bits_[place / 64] |= std::uint64_t{1} << (place % 64);
}

void LaunchTally::add_work(std::uint32_t correlation_id) {
  // Of work that waited behind a million calls nothing can be said.
  if (correlation_id == 0 || is_past(correlation_id) || is_known(correlation_id)) return;
  if (waiting_.size() < kMostWaiting) {
    waiting_.push_back(correlation_id);
  } else {
    ++unmatched_;
  }
}

std::uint64_t LaunchTally::take_unmatched(bool at_end) {
  std::size_t kept = 0;
  for (const std::uint32_t id : waiting_) {
    if (is_known(id)) continue;
    if (at_end || is_past(id)) {
      ++unmatched_;
    } else {
      waiting_[kept++] = id;
    }
  }
  waiting_.resize(kept);
  const std::uint64_t taken = unmatched_;
  unmatched_ = 0;
  return taken;
}

}  // namespace tbprof::cuda
