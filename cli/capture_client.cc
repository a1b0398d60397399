#include "cli/capture_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <utility>

namespace tbprof::cli {
namespace {

using collector::CaptureAnswer;
using collector::CaptureReply;
using collector::CaptureRequest;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kFirstAnswerMs = 10'000;
// A process that is stopped or starved answers late; its window is closed in time all the same.
constexpr std::int64_t kGraceMs = 10'000;

std::atomic<int> g_interrupted{0};
void on_interrupt(int) { g_interrupted = 1; }

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch())
      .count();
}

// One process that is asked.
class Talk {
 public:
  Talk(const CaptureTarget& target, const CaptureRequest& request, std::int64_t step_timeout_ms)
      : step_timeout_ms_(step_timeout_ms),
        duration_ms_(request.duration_ns / 1'000'000),
        has_steps_(request.steps > 0) {
    outcome_.pid = target.pid;
    if (target.is_recorded_throughout) {
      fail(
          "it is recorded all the time; start it with `tbprof run --on-demand`, or with a "
          "schedule, to choose when");
      return;
    }
    if (target.state == collector::WindowState::ended) {
      fail("its recording is over");
      return;
    }
    connect_to(target.socket_path);
    if (descriptor_ < 0) return;
    // Who is busy answers without having heard, and hangs up.
    if (::send(descriptor_, &request, sizeof request, MSG_NOSIGNAL) != sizeof request &&
        errno != EPIPE && errno != ECONNRESET) {
      fail(fmt::format("it does not listen ({})", std::strerror(errno)));
      return;
    }
    deadline_ms_ = now_ms() + kFirstAnswerMs;
  }
  Talk(Talk&& other) noexcept
      : outcome_(std::move(other.outcome_)),
        descriptor_(std::exchange(other.descriptor_, -1)),
        deadline_ms_(other.deadline_ms_),
        step_timeout_ms_(other.step_timeout_ms_),
        duration_ms_(other.duration_ms_),
        has_steps_(other.has_steps_),
        waits_for_step_(other.waits_for_step_) {}
  Talk& operator=(Talk&&) = delete;
  ~Talk() { hang_up(); }

  int descriptor() const { return descriptor_; }
  bool is_over() const { return descriptor_ < 0; }
  std::int64_t deadline_ms() const { return deadline_ms_; }
  const CaptureOutcome& outcome() const { return outcome_; }

  void read_answer() {
    CaptureReply reply;
    const ssize_t size = ::recv(descriptor_, &reply, sizeof reply, MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return fail("it ended meanwhile; what was recorded until then is in its trace");
    const bool is_sound =
        size == sizeof reply &&
        std::memcmp(reply.magic, collector::kCaptureMagic, sizeof reply.magic) == 0 &&
        std::memchr(reply.folder, 0, sizeof reply.folder) != nullptr;
    if (!is_sound) return fail("it answers with what this version does not understand");
    outcome_.folder = reply.folder;
    take(static_cast<CaptureAnswer>(reply.answer));
  }

  void run_out() {
    if (waits_for_step_) {
      return fail(fmt::format("no step began within {} s; use --duration if it marks no steps",
                              step_timeout_ms_ / 1000));
    }
    fail("it does not answer; it may be stopped");
  }
  void interrupt() { fail("the capture was interrupted; what was recorded is in its trace"); }

 private:
  void connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // A path through /proc may be longer than an address holds: by the folder's descriptor.
    const std::filesystem::path whole(path);
    const int folder = ::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const std::string shorter =
        fmt::format("/proc/self/fd/{}/{}", folder, whole.filename().string());
    std::strncpy(address.sun_path, shorter.c_str(), sizeof address.sun_path - 1);
    descriptor_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int result =
        ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    const int error = errno;
    if (folder >= 0) ::close(folder);
    if (result == 0) return;
    if (error == ECONNREFUSED || error == ENOENT) {
      return fail("it does not listen: it records no more, or has executed another program");
    }
    if (error == EAGAIN) return fail("too many others ask it at this moment; try again");
    fail(fmt::format("its socket cannot be reached ({})", std::strerror(error)));
  }

  void take(CaptureAnswer answer) {
    switch (answer) {
      case CaptureAnswer::waiting:
        waits_for_step_ = true;
        deadline_ms_ = now_ms() + step_timeout_ms_;
        return;
      case CaptureAnswer::started:
        waits_for_step_ = has_steps_;
        deadline_ms_ = now_ms() + (has_steps_ ? step_timeout_ms_ : duration_ms_ + kGraceMs);
        return;
      case CaptureAnswer::done:
        outcome_.is_done = true;
        return hang_up();
      case CaptureAnswer::busy:
        return fail("it records already; try again later");
      case CaptureAnswer::stopped:
        return fail("its recording ended meanwhile; what was recorded until then is in its trace");
      case CaptureAnswer::refused:
        return fail("it refused: it belongs to another user, or its tbprof is of another version");
    }
    fail("it answers with what this version does not understand");
  }

  void fail(std::string problem) {
    outcome_.problem = std::move(problem);
    hang_up();
  }
  void hang_up() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  CaptureOutcome outcome_;
  int descriptor_ = -1;
  std::int64_t deadline_ms_ = 0;
  std::int64_t step_timeout_ms_;
  std::int64_t duration_ms_;
  bool has_steps_;
  bool waits_for_step_ = false;
};

// false: all talks are over.
bool wait_for_news(std::vector<Talk>& talks) {
  std::vector<pollfd> polled;
  std::vector<Talk*> open;
  std::int64_t wait_ms = 1000;
  for (Talk& talk : talks) {
    if (talk.is_over()) continue;
    if (now_ms() >= talk.deadline_ms()) {
      talk.run_out();
      continue;
    }
    wait_ms = std::min(wait_ms, talk.deadline_ms() - now_ms() + 1);
    polled.push_back({talk.descriptor(), POLLIN, 0});
    open.push_back(&talk);
  }
  if (open.empty()) return false;
  if (::poll(polled.data(), polled.size(), static_cast<int>(wait_ms)) <= 0) return true;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (polled[i].revents != 0) open[i]->read_answer();
  }
  return true;
}

}  // namespace

std::vector<CaptureOutcome> capture(const std::vector<CaptureTarget>& targets,
                                    const CaptureRequest& request, std::int64_t step_timeout_ms) {
  g_interrupted = 0;
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::vector<Talk> talks;
  talks.reserve(targets.size());
  for (const CaptureTarget& target : targets) talks.emplace_back(target, request, step_timeout_ms);
  while (wait_for_news(talks)) {
    if (g_interrupted == 0) continue;
    for (Talk& talk : talks) {
      if (!talk.is_over()) talk.interrupt();
    }
  }
  std::vector<CaptureOutcome> outcomes;
  for (const Talk& talk : talks) outcomes.push_back(talk.outcome());
  return outcomes;
}

}  // namespace tbprof::cli
