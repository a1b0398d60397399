// The pages of recorded processes, as the sampler asks them: two processes with a page each.
#include "cli/window_pages.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "collector/window_page.h"
#include "sampler/proc_file.h"
#include "sampler/thread_clock.h"

namespace tbprof::cli {
namespace {

using collector::WindowPage;
using collector::WindowState;

std::size_t descriptor_count() {
  DIR* entries = opendir("/proc/self/fd");
  std::size_t count = 0;
  while (readdir(entries) != nullptr) ++count;
  closedir(entries);
  return count;
}

// A process that waits, with the page that it would show, and a worker of it, which shows none.
class Shown {
 public:
  explicit Shown(WindowState state) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const pid_t worker = fork();
      if (worker > 0 && write(ends[1], &worker, sizeof worker) != sizeof worker) _exit(1);
      pause();
      _exit(0);
    }
    EXPECT_EQ(read(ends[0], &worker_, sizeof worker_), static_cast<ssize_t>(sizeof worker_));
    close(ends[0]);
    close(ends[1]);
    const auto text = sampler::read_whole_file(fmt::format("/proc/{}/stat", pid_), 1024);
    WindowPage page;
    std::copy(std::begin(collector::kWindowPageMagic), std::end(collector::kWindowPageMagic),
              page.magic);
    page.version = collector::kWindowPageVersion;
    page.pid = pid_;
    page.start_time_ticks = sampler::parse_stat(*text)->start_ticks;
    page.state = static_cast<std::uint32_t>(state);
    struct stat name_space {};
    EXPECT_EQ(::stat("/proc/self/ns/pid", &name_space), 0);
    const std::string folder = fmt::format("{}{}", collector::kWindowFolderPrefix, geteuid());
    mkdir(folder.c_str(), 0700);
    char name[96];
    collector::format_window_file(name, sizeof name, pid_, name_space.st_ino,
                                  collector::kWindowPageSuffix);
    path_ = folder + "/" + name;
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    EXPECT_EQ(write(file, static_cast<const void*>(&page), sizeof page),
              static_cast<ssize_t>(sizeof page));
    close(file);
  }
  ~Shown() {
    if (pid_ > 0) end();
  }
  void end() {
    kill(worker_, SIGKILL);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    unlink(path_.c_str());
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }
  pid_t worker() const { return worker_; }

 private:
  pid_t pid_ = -1;
  pid_t worker_ = -1;
  std::string path_;
};

TEST(WindowPages, SayWhetherAWindowIsOpen) {
  WindowPages pages;
  EXPECT_TRUE(pages.is_open(Shown(WindowState::open).pid()));
  EXPECT_FALSE(pages.is_open(Shown(WindowState::closed).pid()));
  EXPECT_TRUE(pages.is_open(getpid()));  // it shows none
}

TEST(WindowPages, AProcessWithoutOneGoesByTheOneAboveIt) {
  WindowPages pages;
  const Shown open(WindowState::open);
  const Shown closed(WindowState::closed);
  EXPECT_TRUE(pages.is_open(open.worker()));
  EXPECT_FALSE(pages.is_open(closed.worker()));
  EXPECT_FALSE(pages.is_open(closed.worker()));
}

TEST(WindowPages, KeepNoDescriptorOfAProcessThatHasEnded) {
  WindowPages pages;
  const std::size_t before = descriptor_count();
  for (int i = 0; i < 20; ++i) {
    const Shown process(WindowState::open);
    EXPECT_TRUE(pages.is_open(process.pid()));
  }
  EXPECT_LE(descriptor_count(), before + 1);
}

}  // namespace
}  // namespace tbprof::cli
