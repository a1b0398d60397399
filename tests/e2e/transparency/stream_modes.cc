// Standard streams, descriptors and files.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/e2e/transparency/modes.h"

namespace tbprof::tests {
namespace {

int echo_input() {
  char buffer[4096];
  ssize_t count = 0;
  while ((count = read(0, buffer, sizeof buffer)) > 0) {
    if (write(1, buffer, static_cast<std::size_t>(count)) != count) return 1;
  }
  return count < 0 ? 2 : 0;
}

int both_streams_in_turn() {
  for (int i = 0; i < 200; ++i) {
    std::fprintf(stdout, "out %d\n", i);
    std::fflush(stdout);
    std::fprintf(stderr, "err %d\n", i);
  }
  return 0;
}

int big_output() {
  std::string line(1023, 'x');
  line += '\n';
  for (int i = 0; i < 2048; ++i) {
    if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) return 1;
  }
  return 0;
}

int every_byte() {
  for (int i = 0; i < 256; ++i) std::putchar(i);
  return 0;
}

int closed_output() {
  std::fclose(stdout);
  close(1);
  std::fprintf(stderr, "%d\n", static_cast<int>(write(1, "x", 1)));
  return 3;
}

int closed_errors() {
  close(2);
  std::fprintf(stderr, "never seen\n");
  std::printf("%d\n", errno);
  return 3;
}

int all_closed() {
  close(0);
  close(1);
  close(2);
  // What is opened now gets the standard numbers.
  const int first = open("/dev/null", O_RDONLY);
  const int second = open("/dev/null", O_WRONLY);
  return 10 * first + second;
}

int lowest_descriptors() {
  const int first = open("/dev/null", O_RDONLY);
  const int second = open("/dev/null", O_RDONLY);
  std::printf("%d %d\n", first, second);
  return 0;
}

int broken_pipe() {
  int ends[2];
  if (pipe(ends) != 0) return 1;
  close(ends[0]);
  signal(SIGPIPE, SIG_IGN);
  const ssize_t result = write(ends[1], "x", 1);
  std::printf("%d %d\n", static_cast<int>(result), errno);
  signal(SIGPIPE, SIG_DFL);
  std::fflush(stdout);
  return static_cast<int>(write(ends[1], "x", 1));
}

int swapped_streams() {
  const int saved = dup(1);
  dup2(2, 1);
  dup2(saved, 2);
  close(saved);
  std::fprintf(stdout, "to errors\n");
  std::fprintf(stderr, "to output\n");
  return 0;
}

int line_buffering() {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::printf("a line\nno end");
  _exit(0);
}

int files_in_the_folder() {
  umask(027);
  const int descriptor = open("written", O_CREAT | O_WRONLY, 0666);
  if (write(descriptor, "content", 7) != 7) return 1;
  if (mkdir("folder", 0777) != 0 || symlink("written", "link") != 0) return 1;
  if (chdir("folder") != 0) return 1;
  std::FILE* file = std::fopen("deeper", "w");
  std::fputs("text", file);
  std::fclose(file);
  return 0;
}

int folder_that_goes_away() {
  if (mkdir("gone", 0777) != 0 || chdir("gone") != 0 || rmdir("../gone") != 0) return 1;
  char path[4096];
  std::printf("%d\n", getcwd(path, sizeof path) == nullptr ? errno : 0);
  return 0;
}

int memory_file() {
  const int descriptor = memfd_create("name", 0);
  if (ftruncate(descriptor, 4096) != 0) return 1;
  void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  static_cast<char*>(memory)[10] = 'm';
  char byte = 0;
  if (pread(descriptor, &byte, 1, 10) != 1) return 1;
  std::printf("%c\n", byte);
  return 0;
}

int passed_descriptor() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  std::printf("%d\n", static_cast<int>(send(ends[0], "hello", 5, 0)));
  char buffer[8] = {};
  std::printf("%d %s\n", static_cast<int>(recv(ends[1], buffer, 7, 0)), buffer);
  return 0;
}

constexpr Mode kModes[] = {
    {"echo_input", echo_input},
    {"both_streams_in_turn", both_streams_in_turn},
    {"big_output", big_output},
    {"every_byte", every_byte},
    {"closed_output", closed_output},
    {"closed_errors", closed_errors},
    {"all_closed", all_closed},
    {"lowest_descriptors", lowest_descriptors},
    {"broken_pipe", broken_pipe},
    {"swapped_streams", swapped_streams},
    {"line_buffering", line_buffering},
    {"files_in_the_folder", files_in_the_folder},
    {"folder_that_goes_away", folder_that_goes_away},
    {"memory_file", memory_file},
    {"passed_descriptor", passed_descriptor},
};

}  // namespace

std::span<const Mode> stream_modes() { return kModes; }

}  // namespace tbprof::tests
