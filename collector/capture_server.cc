#include "collector/capture_server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include "collector/capture_protocol.h"
#include "collector/clock.h"
#include "collector/file_thread.h"
#include "collector/own_thread.h"
#include "collector/recorder.h"
#include "collector/window.h"

namespace tbprof::collector {

namespace {

constexpr std::int64_t kMillisecond = 1'000'000;
constexpr int kLookPeriodMs = 20;  // while a client waits for steps
constexpr int kRequestTimeoutMs = 1000;
constexpr int kFlushTimeoutMs = 2000;

struct Server {
  int descriptor = -1;
  ino_t inode = 0;
  std::uint32_t stops_before = 0;
  char trace_folder[sizeof CaptureReply{}.folder] = {};
};

constinit std::atomic<int> g_descriptor{-1};
constinit std::atomic<ino_t> g_inode{0};
constinit std::atomic<std::uint32_t> g_stops{0};

// Whether the number still means our socket: programs close descriptors that they do not know, and
// get the number for something of their own.
bool is_ours(int descriptor, ino_t inode) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_ino == inode;
}

ino_t inode_of(int descriptor) {
  struct stat status {};
  return fstat(descriptor, &status) == 0 ? status.st_ino : 0;
}

bool is_same_user(int client) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == geteuid() || peer.uid == 0;
}

bool answer(int client, CaptureAnswer what, const Server& server, std::int64_t steps_left = 0) {
  CaptureReply reply;
  reply.answer = static_cast<std::uint32_t>(what);
  reply.steps_left = steps_left;
  memcpy(reply.folder, server.trace_folder, sizeof reply.folder);
  return send(client, &reply, sizeof reply, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof reply;
}

bool is_sound(const CaptureRequest& request) {
  const bool has_duration = request.duration_ns > 0 && request.duration_ns <= kMostCaptureNs;
  const bool has_steps = request.steps > 0 && request.steps <= kMostCaptureSteps;
  return memcmp(request.magic, kCaptureMagic, sizeof kCaptureMagic) == 0 &&
         memchr(request.label, 0, sizeof request.label) != nullptr &&
         ((has_duration && request.steps == 0) || (has_steps && request.duration_ns == 0));
}

// false: no sound request came in time.
bool receive(int client, CaptureRequest& request, int timeout_ms) {
  pollfd wait{client, POLLIN, 0};
  if (poll(&wait, 1, timeout_ms) != 1) return false;
  // A longer message is cut, and MSG_TRUNC tells of it.
  const ssize_t size = recv(client, &request, sizeof request, MSG_DONTWAIT | MSG_TRUNC);
  return size == sizeof request && is_sound(request);
}

class Capture {
 public:
  Capture(const Server& server, int client, const CaptureRequest& request)
      : server_(server), client_(client), request_(request) {}

  void run() {
    if (is_window_open()) {
      answer(client_, CaptureAnswer::busy, server_);
      return;
    }
    if (request_.steps > 0) {
      done_before_ = g_step_captures_done.load();
      capture_steps(request_.steps, request_.label);
      answer(client_, CaptureAnswer::waiting, server_, request_.steps);
    } else {
      if (!open_window(proto::WindowCause::capture, request_.label)) {
        answer(client_, CaptureAnswer::busy, server_);
        return;
      }
      has_begun_ = true;
      until_ns_ = monotonic_ns() + request_.duration_ns;
      answer(client_, CaptureAnswer::started, server_);
    }
    while (goes_on()) wait();
    if (request_.steps > 0) capture_steps(0, "");
    close_window(proto::WindowCause::capture);
    // Who is told that it is done finds it in the file.
    if (!is_stopped_) flush_recording(kFlushTimeoutMs);
    answer(client_, is_stopped_ ? CaptureAnswer::stopped : CaptureAnswer::done, server_);
  }

 private:
  bool goes_on() {
    if (has_left_ || is_stopped_) return false;
    const bool is_open = is_window_open();
    if (request_.steps == 0) return is_open && monotonic_ns() < until_ns_;
    const std::uint32_t left = g_capture_steps_left.load();
    if (!has_begun_ && left > 0) {
      has_begun_ = true;
      answer(client_, CaptureAnswer::started, server_, left);
    }
    // Short steps may begin and end between two looks.
    return g_step_captures_done.load() == done_before_ && (!has_begun_ || left > 0);
  }

  // Until the time is over, the client leaves, another one comes or the recording ends.
  void wait() {
    std::int64_t wait_ms = kLookPeriodMs;
    if (request_.steps == 0) {
      wait_ms = (until_ns_ - monotonic_ns() + kMillisecond - 1) / kMillisecond;
      if (wait_ms < 0) wait_ms = 0;
      if (wait_ms > 1000) wait_ms = 1000;
    }
    pollfd both[] = {{client_, POLLIN, 0}, {server_.descriptor, POLLIN, 0}};
    if (poll(both, 2, static_cast<int>(wait_ms)) <= 0) return;
    if ((both[1].revents & ~POLLIN) != 0) is_stopped_ = true;
    if ((both[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) has_left_ = true;
    if ((both[0].revents & POLLIN) != 0) {
      char more[8];  // nothing more is to come; an end shows as 0 bytes
      if (recv(client_, more, sizeof more, MSG_DONTWAIT) <= 0) has_left_ = true;
    }
    if (!is_stopped_ && !has_left_ && (both[1].revents & POLLIN) != 0) refuse_another();
  }

  void refuse_another() {
    const int other = accept4(server_.descriptor, nullptr, nullptr, SOCK_CLOEXEC);
    if (other < 0) return;
    // Read, because a message left unread would take the answer from the other side.
    CaptureRequest request;
    if (is_same_user(other)) receive(other, request, kLookPeriodMs);
    answer(other, is_same_user(other) ? CaptureAnswer::busy : CaptureAnswer::refused, server_);
    close(other);
  }

  const Server& server_;
  const int client_;
  const CaptureRequest& request_;
  std::int64_t until_ns_ = 0;
  std::uint32_t done_before_ = 0;
  bool has_begun_ = false;
  bool has_left_ = false;
  bool is_stopped_ = false;
};

void serve(const Server& server, int client) {
  CaptureRequest request;
  if (!is_same_user(client) || !receive(client, request, kRequestTimeoutMs)) {
    answer(client, CaptureAnswer::refused, server);
    return;
  }
  Capture(server, client, request).run();
}

void* server_main(void* argument) {
  enter_own_thread("tbprof-capture");
  auto* server = static_cast<Server*>(argument);
  while (true) {
    pollfd wait{server->descriptor, POLLIN, 0};
    if (poll(&wait, 1, -1) < 0 && errno == EINTR) continue;
    if ((wait.revents & ~POLLIN) != 0 || !is_ours(server->descriptor, server->inode)) break;
    const int client = accept4(server->descriptor, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS) break;
      poll(nullptr, 0, kRequestTimeoutMs);  // the program has no descriptor left, for now
      continue;
    }
    serve(*server, client);
    close(client);
  }
  // Who stops it has the descriptor in hand for a moment.
  for (int turn = 0; turn < 100 && g_descriptor.load() != server->descriptor &&
                     g_stops.load(std::memory_order_acquire) == server->stops_before;
       ++turn) {
    poll(nullptr, 0, 1);
  }
  if (is_ours(server->descriptor, server->inode)) close(server->descriptor);
  free(server);
  return nullptr;
}

}  // namespace

int start_capture_server(WindowFiles& files, const std::string& trace_folder) {
  auto* server = static_cast<Server*>(calloc(1, sizeof(Server)));
  if (server == nullptr) return ENOMEM;
  server->descriptor = files.create_socket();
  if (server->descriptor < 0) {
    const int error = errno;
    free(server);
    return error;
  }
  server->inode = inode_of(server->descriptor);
  server->stops_before = g_stops.load();
  if (trace_folder.size() < sizeof server->trace_folder) {
    memcpy(server->trace_folder, trace_folder.c_str(), trace_folder.size() + 1);
  }
  g_inode.store(server->inode);
  g_descriptor.store(server->descriptor);
  const int error = create_own_thread(server_main, server);
  if (error != 0) {
    g_descriptor.store(-1);
    close(server->descriptor);
    free(server);
  }
  return error;
}

void stop_capture_server() {
  const int descriptor = g_descriptor.exchange(-1);
  // Its thread wakes, and closes it.
  if (descriptor >= 0 && is_ours(descriptor, g_inode.load())) shutdown(descriptor, SHUT_RDWR);
  g_stops.fetch_add(1, std::memory_order_release);
}

void forget_capture_server() {
  const int descriptor = g_descriptor.exchange(-1);
  // Its number in a table of ours means nothing here.
  if (has_own_descriptors()) return;
  if (descriptor >= 0 && is_ours(descriptor, g_inode.load())) close(descriptor);
}

}  // namespace tbprof::collector
