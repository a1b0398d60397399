// Finds device work whose call was not recorded: neither before it nor after it, as records come in
// no order. Keeps a bit for each of the last million calls. One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tbprof::cuda {

class LaunchTally {
 public:
  void add_call(std::uint32_t correlation_id);
  void add_work(std::uint32_t correlation_id);
  // How much work was found without its call since the last time. `at_end`: all that waits for its
  // call; otherwise only what waits since calls that are long past.
  std::uint64_t take_unmatched(bool at_end);

 private:
  static constexpr std::uint32_t kCalls = 1u << 20;
  bool is_known(std::uint32_t correlation_id) const;
  bool is_past(std::uint32_t correlation_id) const;

  std::vector<std::uint64_t> bits_;  // of the ids in (newest_ - kCalls, newest_]
  std::uint32_t newest_ = 0;
  std::vector<std::uint32_t> waiting_;  // ids of work whose call has not come
  std::uint64_t unmatched_ = 0;
};

}  // namespace tbprof::cuda
