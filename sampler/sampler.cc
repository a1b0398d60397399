#include "sampler/sampler.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <ctime>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "sampler/process_tree.h"

namespace tbprof::sampler {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr std::int64_t kWritePeriodNs = 500 * kMillisecond;
constexpr std::int64_t kDiscoverPeriodNs = 250 * kMillisecond;
// Finding processes may take a hundredth of one core.
constexpr std::int64_t kDiscoverShare = 100;
constexpr std::int64_t kSharePeriodNs = 1000 * kMillisecond;
// Of a core, for all that it does; what is not needed otherwise goes into looking, a third of it at
// the least.
constexpr double kMaxCoreShare = 0.03;
constexpr double kMinLookShare = 0.01;
constexpr double kLowestRateHz = 1;
// How much of the cost of a look is that of the last one.
constexpr double kNewestPart = 0.25;

std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}
std::int64_t now_ns() { return clock_ns(CLOCK_MONOTONIC); }
std::int64_t own_cpu_ns() { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

// Every thread that is looked at takes three descriptors. The program has been started before and
// does not inherit this.
void allow_many_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct Sampler::Impl {
  explicit Impl(SamplerOptions given)
      : options(std::move(given)),
        asked_period_ns(1e9 / std::clamp(options.rate_hz, 1, kMaxRateHz)),
        period_ns(asked_period_ns) {}

  void run();
  void discover();
  void look();
  void write(bool is_last);
  void note_look(std::int64_t cpu_ns);
  void note_share();
  void describe_cost();

  SamplerOptions options;
  pid_t program = 0;
  std::thread thread;
  std::mutex mutex;
  std::condition_variable stopping;
  bool must_stop = false;

  std::map<pid_t, std::unique_ptr<SampledProcess>> processes;
  std::set<pid_t> newcomers;  // seen once; what is over in a moment is not looked at
  std::set<pid_t> missed;     // for which there was no room
  std::size_t ended_files = 0;
  double asked_period_ns;
  double period_ns;
  double longest_period_ns = 0;
  std::int64_t next_discovery_ns = 0;
  std::int64_t next_write_ns = 0;
  double look_cpu_ns = 0;  // of a look, on average
  double other_share = 0;  // of a core, for all but looks
  std::int64_t other_cpu_ns = 0;
  std::int64_t other_since_ns = 0;
  std::int64_t first_ns = 0;
  std::int64_t first_cpu_ns = 0;
  Cost cost;
};

void Sampler::Impl::discover() {
  const std::int64_t began_cpu_ns = own_cpu_ns();
  std::vector<pid_t> roots = {program};
  for (auto& [pid, process] : processes) {
    process->refresh();
    if (pid != program) roots.push_back(pid);
  }
  std::set<pid_t> seen;
  for (const pid_t pid : descendants(roots)) seen.insert(pid);
  for (const pid_t pid : seen) {
    if (processes.count(pid) != 0 || newcomers.count(pid) == 0) continue;
    if (processes.size() >= options.max_processes) {
      missed.insert(pid);
      continue;
    }
    errno = 0;
    if (auto process = SampledProcess::open(pid, options.place, options.max_threads)) {
      processes.emplace(pid, std::move(process));
      missed.erase(pid);
    } else if (errno == EMFILE || errno == ENFILE) {
      missed.insert(pid);
    }
  }
  newcomers = std::move(seen);
  const std::int64_t took_ns = own_cpu_ns() - began_cpu_ns;
  next_discovery_ns = now_ns() + std::max(kDiscoverPeriodNs, took_ns * kDiscoverShare);
}

void Sampler::Impl::look() {
  for (auto at = processes.begin(); at != processes.end();) {
    SampledProcess& process = *at->second;
    if (options.is_window_open(process.pid())) {
      process.look(now_ns());
    } else {
      process.pause();
    }
    if (!process.is_gone()) {
      ++at;
      continue;
    }
    describe_cost();
    process.write(now_ns(), true);
    ended_files += process.has_file() ? 1 : 0;
    cost.missed_files += process.lacks_file() ? 1 : 0;
    at = processes.erase(at);
  }
}

void Sampler::Impl::describe_cost() {
  const std::int64_t wall_ns = std::max<std::int64_t>(now_ns() - first_ns, 1);
  cost.cpu_ns = own_cpu_ns() - first_cpu_ns;
  cost.wall_ns = wall_ns;
  cost.rate_hz = 1e9 / period_ns;
  const double percent = 100.0 * static_cast<double>(cost.cpu_ns) / static_cast<double>(wall_ns);
  cost.missed_processes = missed.size();
  std::uint64_t missed_files = cost.missed_files;
  for (auto& [pid, process] : processes) missed_files += process->lacks_file() ? 1 : 0;
  for (auto& [pid, process] : processes) {
    process->set_property("sampler.rate_hz", std::to_string(options.rate_hz));
    if (!missed.empty()) {
      process->set_property("sampler.missed_processes", std::to_string(missed.size()));
    }
    if (missed_files > 0) {
      process->set_property("sampler.missed_files", std::to_string(missed_files));
    }
    if (longest_period_ns > asked_period_ns) {
      process->set_property("sampler.lowest_rate_hz",
                            fmt::format("{:.0f}", 1e9 / longest_period_ns));
    }
    process->set_property("sampler.core_percent", fmt::format("{:.2f}", percent));
  }
}

void Sampler::Impl::write(bool is_last) {
  describe_cost();
  std::size_t files = ended_files;
  for (auto& [pid, process] : processes) files += process->has_file() ? 1 : 0;
  for (auto& [pid, process] : processes) {
    const bool had_file = process->has_file();
    process->set_may_have_file(files < options.max_files);
    process->write(now_ns(), is_last);
    if (!had_file && process->has_file()) ++files;
  }
  next_write_ns = now_ns() + kWritePeriodNs;
}

// Keeps what it takes of one core below its share: the next look waits until this one is paid for.
void Sampler::Impl::note_look(std::int64_t cpu_ns) {
  const auto newest = static_cast<double>(cpu_ns);
  look_cpu_ns = look_cpu_ns == 0 ? newest : look_cpu_ns + (newest - look_cpu_ns) * kNewestPart;
  const double look_share = std::max(kMaxCoreShare - other_share, kMinLookShare);
  period_ns = std::clamp(look_cpu_ns / look_share, asked_period_ns, 1e9 / kLowestRateHz);
  longest_period_ns = std::max(longest_period_ns, period_ns);
}

void Sampler::Impl::note_share() {
  const std::int64_t now = now_ns();
  if (now - other_since_ns < kSharePeriodNs) return;
  other_share = static_cast<double>(other_cpu_ns) / static_cast<double>(now - other_since_ns);
  other_cpu_ns = 0;
  other_since_ns = now;
}

void Sampler::Impl::run() {
  first_ns = other_since_ns = now_ns();
  first_cpu_ns = own_cpu_ns();
  next_write_ns = first_ns + kWritePeriodNs;
  if (auto process = SampledProcess::open(program, options.place, options.max_threads)) {
    processes.emplace(program, std::move(process));
  }
  auto next_ns = static_cast<double>(first_ns);
  std::unique_lock lock(mutex);
  while (!must_stop) {
    lock.unlock();
    const std::int64_t began_cpu_ns = own_cpu_ns();
    if (now_ns() >= next_discovery_ns) discover();
    const std::int64_t looked_cpu_ns = own_cpu_ns();
    look();
    ++cost.rounds;
    const std::int64_t done_cpu_ns = own_cpu_ns();
    note_look(done_cpu_ns - looked_cpu_ns);
    if (now_ns() >= next_write_ns) write(false);
    other_cpu_ns += own_cpu_ns() - done_cpu_ns + looked_cpu_ns - began_cpu_ns;
    note_share();
    // Rounds that are late are left out, not made up for.
    next_ns += period_ns;
    if (next_ns < static_cast<double>(now_ns()))
      next_ns = static_cast<double>(now_ns()) + period_ns;
    lock.lock();
    const std::int64_t left_ns = static_cast<std::int64_t>(next_ns) - now_ns();
    if (left_ns > 0)
      stopping.wait_for(lock, std::chrono::nanoseconds(left_ns), [this] { return must_stop; });
  }
  lock.unlock();
  write(true);
  for (const auto& [pid, process] : processes) cost.missed_files += process->lacks_file() ? 1 : 0;
  processes.clear();
}

Sampler::Sampler(SamplerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Sampler::~Sampler() { stop(); }

proto::Result<> Sampler::start(pid_t program) {
  allow_many_files();
  impl_->program = program;
  try {
    impl_->thread = std::thread([this] { impl_->run(); });
  } catch (const std::system_error& error) {
    return {proto::ErrorCode::unavailable, std::string("no thread for sampling: ") + error.what()};
  }
  return proto::success();
}

void Sampler::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->must_stop = true;
  }
  impl_->stopping.notify_one();
  if (impl_->thread.joinable()) impl_->thread.join();
}

const Sampler::Cost& Sampler::cost() const { return impl_->cost; }

}  // namespace tbprof::sampler
