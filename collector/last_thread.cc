#include "collector/last_thread.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace tbprof::collector {

namespace {

// All threads of the recorder have names that begin so.
constexpr char kOurName[] = "tbprof-";
constexpr int kExitCodeField = 52;  // of a thread's stat file

// Empty where the file cannot be read.
struct ThreadFile {
  char text[1024] = {};

  ThreadFile(const char* thread, const char* what) {
    char path[320];
    snprintf(path, sizeof path, "/proc/self/task/%s/%s", thread, what);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    const ssize_t count = read(fd, text, sizeof text - 1);
    text[count > 0 ? count : 0] = 0;
    close(fd);
  }
};

struct MainThread {
  bool has_ended = false;
  int wait_status = 0;  // as waitpid() gives it
};

MainThread main_thread() {
  char number[16];
  snprintf(number, sizeof number, "%d", getpid());
  const ThreadFile stat(number, "stat");
  // The name, in parentheses, may hold anything; what follows are numbers.
  const char* rest = strrchr(stat.text, ')');
  if (rest == nullptr || rest[1] == 0) return {};
  MainThread thread;
  thread.has_ended = rest[2] == 'Z';
  int field = 2;
  for (const char* space = strchr(rest, ' '); space != nullptr; space = strchr(space + 1, ' ')) {
    if (++field == kExitCodeField) thread.wait_status = atoi(space + 1);
  }
  return thread;
}

}  // namespace

bool is_program_gone() {
  if (!main_thread().has_ended) return false;
  DIR* threads = opendir("/proc/self/task");
  if (threads == nullptr) return false;
  bool is_gone = true;
  while (const dirent* entry = readdir(threads)) {
    if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid()) continue;
    const ThreadFile name(entry->d_name, "comm");
    // An empty name: it ended just now.
    if (name.text[0] == 0 || strncmp(name.text, kOurName, sizeof kOurName - 1) == 0) continue;
    is_gone = false;
    break;
  }
  closedir(threads);
  return is_gone;
}

void end_like_the_program() {
  const int status = main_thread().wait_status;
  if (status == 0) exit(0);  // as the C library does when the last thread returns
  const int number = status & 0x7f;
  if (number != 0) {
    signal(number, SIG_DFL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, number);
    kill(getpid(), number);
    pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  }
  _exit(status >> 8 & 0xff);
}

}  // namespace tbprof::collector
