#include "collector/process_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

namespace tbprof::collector {

namespace {

constexpr std::size_t kMaxCommandBytes = 16384;

std::string read_command_line() {
  std::string text;
  const int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  if (file < 0) return text;
  text.resize(kMaxCommandBytes);
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t got = read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  close(file);
  text.resize(size);
  return text;
}

}  // namespace

proto::TraceHeader describe_process() {
  proto::TraceHeader header;
  header.writer = std::string("tbprof ") + kWriterVersion;
  utsname system{};
  header.host = uname(&system) == 0 ? system.nodename : "localhost";
  header.pid = getpid();
  header.parent_pid = getppid();
  const std::string words = read_command_line();
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t length = strnlen(words.data() + begin, words.size() - begin);
    header.command.emplace_back(words.data() + begin, length);
    begin += length + 1;
  }
  return header;
}

void say_on_stderr(const char* format, ...) {
  char line[1024] = "tbprof: ";
  const std::size_t prefix = strlen(line);
  va_list arguments;
  va_start(arguments, format);
  const int length = vsnprintf(line + prefix, sizeof line - prefix - 1, format, arguments);
  va_end(arguments);
  if (length < 0) return;
  std::size_t size = prefix + static_cast<std::size_t>(length);
  if (size > sizeof line - 2) size = sizeof line - 2;
  line[size++] = '\n';
  // Where nobody reads stderr any more, a line of ours must not end the program by SIGPIPE.
  sigset_t pipe;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  ssize_t written = 0;
  do {
    written = write(STDERR_FILENO, line, size);
  } while (written < 0 && errno == EINTR);
  if (written < 0 && errno == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
    const timespec now{};
    while (sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace tbprof::collector
