// `tbprof capture` against recorded programs: what it asks for is recorded and nothing else, and
// whatever is sent to a program's socket, the program goes on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

#include "cli/capture_client.h"
#include "cli/capture_target.h"
#include "collector/capture_protocol.h"
#include "collector/environment.h"
#include "tests/collector/capture.h"

namespace tbprof::tests {
namespace {

using cli::CaptureOutcome;
using cli::CaptureTarget;
using collector::CaptureRequest;
using collector::WindowState;

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

CaptureRequest for_duration(double seconds, const char* label = "") {
  CaptureRequest request;
  request.duration_ns = static_cast<std::int64_t>(seconds * 1e9);
  std::strncpy(request.label, label, sizeof request.label - 1);
  return request;
}

CaptureRequest for_steps(std::int64_t steps) {
  CaptureRequest request;
  request.steps = steps;
  return request;
}

// The window probe, recorded, until it is killed or has ended.
class Program {
 public:
  Program(const char* schedule, std::vector<std::string> arguments) {
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      setenv(collector::kLogdirVariable, folder_.path().c_str(), 1);
      if (*schedule != 0) setenv(collector::kScheduleVariable, schedule, 1);
      const int null = open("/dev/null", O_WRONLY);
      dup2(null, STDOUT_FILENO);
      std::vector<char*> words{const_cast<char*>(TBPROF_WINDOW_PROBE)};
      for (std::string& word : arguments) words.push_back(word.data());
      words.push_back(nullptr);
      execv(words[0], words.data());
      _exit(127);
    }
  }
  ~Program() { end(SIGKILL); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  pid_t pid() const { return pid_; }
  // Once it can be asked.
  CaptureTarget target() const {
    for (int turn = 0; turn < 1000; ++turn, sleep_ms(10)) {
      const auto found = cli::find_targets(pid_);
      if (!found.ok()) continue;
      struct stat status {};
      const CaptureTarget& target = found.value()[0];
      if (target.is_recorded_throughout) return target;
      if (stat(target.socket_path.c_str(), &status) == 0) return target;
    }
    ADD_FAILURE() << "the program shows no window page";
    return {};
  }
  // Its status, as waitpid gives it.
  int end(int signal = 0) {
    if (pid_ < 0) return status_;
    if (signal != 0) kill(pid_, signal);
    waitpid(pid_, &status_, 0);
    pid_ = -1;
    return status_;
  }
  Capture capture() const {
    const std::vector<Capture> captures = read_captures(folder_.path());
    EXPECT_EQ(captures.size(), 1u);
    return captures.empty() ? Capture{} : captures[0];
  }

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int status_ = 0;
};

TEST(CaptureServer, ADurationIsOneWindow) {
  Program program("on-demand", {"steps", "400"});
  const auto outcomes = cli::capture({program.target()}, for_duration(0.3, "first look"), 10'000);
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_TRUE(outcomes[0].is_done) << outcomes[0].problem;
  EXPECT_EQ(program.end(), 0);
  const Capture capture = program.capture();
  EXPECT_TRUE(capture.finished);
  EXPECT_EQ(outcomes[0].folder, std::filesystem::path(capture.path).parent_path());
  ASSERT_EQ(capture.windows.size(), 1u);
  const proto::RecordingWindow& window = capture.windows.at(0);
  EXPECT_EQ(window.cause, proto::WindowCause::capture);
  EXPECT_EQ(window.label, "first look");
  EXPECT_NEAR(static_cast<double>(window.end_ns - window.start_ns), 300e6, 200e6);
  EXPECT_GT(capture.count("forward"), 5u);
  EXPECT_LT(capture.count("forward"), 300u);
  EXPECT_TRUE(capture.losses.empty());
}

TEST(CaptureServer, StepsAreWholeSteps) {
  Program program("on-demand", {"steps", "300"});
  const auto outcomes = cli::capture({program.target()}, for_steps(5), 10'000);
  ASSERT_TRUE(outcomes[0].is_done) << outcomes[0].problem;
  EXPECT_EQ(program.end(), 0);
  const Capture capture = program.capture();
  EXPECT_EQ(capture.steps.size(), 5u);
  EXPECT_EQ(capture.count("forward"), 5u);
  EXPECT_EQ(capture.steps.size() + capture.noted_steps.size(), 300u);
}

TEST(CaptureServer, AgainAndAgain) {
  Program program("on-demand", {"steps", "3000"});
  const CaptureTarget target = program.target();
  for (int i = 0; i < 20; ++i) {
    const auto outcomes = cli::capture({target}, for_duration(0.01), 10'000);
    EXPECT_TRUE(outcomes[0].is_done) << outcomes[0].problem;
  }
  const auto again = cli::find_targets(program.pid());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value()[0].windows, 20u);
  EXPECT_EQ(again.value()[0].state, WindowState::closed);
  program.end(SIGKILL);
  EXPECT_EQ(program.capture().windows.size(), 20u);
}

TEST(CaptureServer, WhoComesSecondIsToldSo) {
  Program program("on-demand", {"time", "60000"});
  const CaptureTarget target = program.target();
  std::vector<CaptureOutcome> first;
  std::thread other([&] { first = cli::capture({target}, for_duration(1), 10'000); });
  sleep_ms(300);
  const auto second = cli::capture({target}, for_duration(0.1), 10'000);
  other.join();
  EXPECT_TRUE(first[0].is_done) << first[0].problem;
  EXPECT_NE(second[0].problem.find("records already"), std::string::npos) << second[0].problem;
}

TEST(CaptureServer, WhatIsRecordedAllTheTimeNeedsNoCapture) {
  Program program("", {"time", "60000"});
  const auto outcomes = cli::capture({program.target()}, for_duration(0.1), 10'000);
  EXPECT_NE(outcomes[0].problem.find("recorded all the time"), std::string::npos);
}

TEST(CaptureServer, AProgramThatEndsMeanwhileIsReported) {
  for (const int how : {SIGKILL, SIGTERM}) {
    Program program("on-demand", {"time", "60000"});
    const CaptureTarget target = program.target();
    std::vector<CaptureOutcome> outcomes;
    std::thread asking([&] { outcomes = cli::capture({target}, for_duration(30), 10'000); });
    sleep_ms(300);
    program.end(how);
    asking.join();
    EXPECT_FALSE(outcomes[0].is_done);
    EXPECT_NE(outcomes[0].problem.find("ended"), std::string::npos) << outcomes[0].problem;
  }
}

TEST(CaptureServer, AProgramThatEndsByItselfClosesItsRecording) {
  Program program("on-demand", {"time", "700"});
  const auto outcomes = cli::capture({program.target()}, for_duration(30), 10'000);
  EXPECT_FALSE(outcomes[0].is_done);
  EXPECT_EQ(program.end(), 0);
  const Capture capture = program.capture();
  EXPECT_TRUE(capture.finished);
  ASSERT_EQ(capture.windows.size(), 1u);
  EXPECT_FALSE(capture.windows.at(0).is_open);
  EXPECT_GT(capture.count("work"), 3u);
}

TEST(CaptureServer, StepsThatNeverComeAreGivenUp) {
  Program program("on-demand", {"time", "60000"});
  const CaptureTarget target = program.target();
  const auto outcomes = cli::capture({target}, for_steps(2), 300);
  EXPECT_NE(outcomes[0].problem.find("no step"), std::string::npos) << outcomes[0].problem;
  // The wish is taken back, and the next is heard.
  const auto next = cli::capture({target}, for_duration(0.05), 10'000);
  EXPECT_TRUE(next[0].is_done) << next[0].problem;
}

TEST(CaptureServer, AStoppedProgramIsNotWaitedForWithoutEnd) {
  Program program("on-demand", {"time", "60000"});
  const CaptureTarget target = program.target();
  kill(program.pid(), SIGSTOP);
  CaptureRequest request = for_duration(0.05);
  std::vector<CaptureOutcome> outcomes;
  std::thread asking([&] { outcomes = cli::capture({target}, request, 500); });
  sleep_ms(200);
  kill(program.pid(), SIGCONT);
  asking.join();
  EXPECT_TRUE(outcomes[0].is_done) << outcomes[0].problem;
}

TEST(CaptureServer, TheLauncherStandsForWhatItStarted) {
  Program program("on-demand", {"time", "60000"});
  program.target();
  const auto targets = cli::find_targets(getpid());
  ASSERT_TRUE(targets.ok()) << targets.error().message;
  ASSERT_EQ(targets.value().size(), 1u);
  EXPECT_EQ(targets.value()[0].pid, program.pid());
  bool is_listed = false;
  for (const CaptureTarget& target : cli::list_targets()) is_listed |= target.pid == program.pid();
  EXPECT_TRUE(is_listed);
}

TEST(CaptureServer, WhyAProcessCannotBeCaptured) {
  const auto none = cli::find_targets(0x3fffffff);
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("there is no process"), std::string::npos);
  const pid_t other = fork();
  if (other == 0) {
    execl("/bin/sleep", "sleep", "60", nullptr);
    _exit(1);
  }
  sleep_ms(100);
  const auto stranger = cli::find_targets(other);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  ASSERT_FALSE(stranger.ok());
  EXPECT_NE(stranger.error().message.find("does not run under tbprof"), std::string::npos);
}

TEST(CaptureServer, FilesAreForTheirUserAloneAndGoWithTheProgram) {
  Program program("on-demand", {"time", "300"});
  const CaptureTarget target = program.target();
  const std::filesystem::path socket(target.socket_path);
  struct stat status {};
  ASSERT_EQ(stat(socket.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  const std::filesystem::path folder =
      std::string(collector::kWindowFolderPrefix) + std::to_string(geteuid());
  ASSERT_EQ(stat(folder.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  const std::string name = socket.stem();
  EXPECT_TRUE(std::filesystem::exists(folder / (name + collector::kWindowPageSuffix)));
  program.end();
  for (const char* suffix : {collector::kWindowPageSuffix, collector::kWindowSocketSuffix}) {
    EXPECT_FALSE(std::filesystem::exists(folder / (name + suffix)));
  }
}

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  const timeval wait{5, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

std::uint32_t answer_to(const std::string& path, const void* message, std::size_t size) {
  const int fd = connect_to(path);
  EXPECT_GE(fd, 0);
  send(fd, message, size, MSG_NOSIGNAL);
  collector::CaptureReply reply;
  const ssize_t got = recv(fd, &reply, sizeof reply, 0);
  close(fd);
  return got == sizeof reply ? reply.answer : 0;
}

TEST(CaptureServer, HostileMessagesAreRefused) {
  Program program("on-demand", {"time", "60000"});
  const CaptureTarget target = program.target();
  const auto refused = static_cast<std::uint32_t>(collector::CaptureAnswer::refused);
  std::mt19937 random(7);
  for (const std::size_t size : {1u, 4u, 87u, 89u, 4096u, 65536u}) {
    std::string noise(size, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    EXPECT_EQ(answer_to(target.socket_path, noise.data(), size), refused) << size;
  }
  std::vector<CaptureRequest> bad(7);
  bad[0] = for_duration(0);
  bad[1] = for_steps(-1);
  bad[2] = for_steps(collector::kMostCaptureSteps + 1);
  bad[3].duration_ns = collector::kMostCaptureNs + 1;
  bad[4].duration_ns = bad[4].steps = 1;
  bad[5] = for_duration(1);
  std::memset(bad[5].label, 'x', sizeof bad[5].label);
  bad[6] = for_duration(1);
  bad[6].magic[0] = 'X';
  for (const CaptureRequest& request : bad) {
    EXPECT_EQ(answer_to(target.socket_path, &request, sizeof request), refused);
  }
  // Who says nothing is hung up on after a second.
  const int silent = connect_to(target.socket_path);
  collector::CaptureReply reply;
  EXPECT_EQ(recv(silent, &reply, sizeof reply, 0), static_cast<ssize_t>(sizeof reply));
  close(silent);
  for (int i = 0; i < 50; ++i) close(connect_to(target.socket_path));
  auto after = cli::capture({target}, for_duration(0.05), 10'000);
  // Those fifty may still stand before it.
  for (int i = 0; i < 100 && after[0].problem.find("try again") != std::string::npos; ++i) {
    sleep_ms(20);
    after = cli::capture({target}, for_duration(0.05), 10'000);
  }
  EXPECT_TRUE(after[0].is_done) << after[0].problem;
}

TEST(CaptureServer, AClientThatLeavesEndsItsWindow) {
  Program program("on-demand", {"time", "60000"});
  const CaptureTarget target = program.target();
  const int client = connect_to(target.socket_path);
  const CaptureRequest request = for_duration(3600);
  ASSERT_EQ(send(client, &request, sizeof request, 0), static_cast<ssize_t>(sizeof request));
  sleep_ms(200);
  EXPECT_EQ(program.target().state, WindowState::open);
  close(client);
  sleep_ms(300);
  EXPECT_EQ(program.target().state, WindowState::closed);
}

TEST(CaptureServer, AStrangersPageIsNotBelieved) {
  // A process that lives, with a page of another start time in its name.
  const std::filesystem::path folder =
      std::string(collector::kWindowFolderPrefix) + std::to_string(geteuid());
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  struct stat own_namespace {};
  ASSERT_EQ(stat("/proc/self/ns/pid", &own_namespace), 0);
  char name[64];
  collector::format_window_file(name, sizeof name, getpid(), own_namespace.st_ino,
                                collector::kWindowPageSuffix);
  collector::WindowPage page;
  std::memcpy(page.magic, collector::kWindowPageMagic, sizeof page.magic);
  page.version = collector::kWindowPageVersion;
  page.start_time_ticks = 1;
  FILE* file = fopen((folder / name).c_str(), "w");
  ASSERT_NE(file, nullptr);
  fwrite(static_cast<const void*>(&page), sizeof page, 1, file);
  fclose(file);
  const auto targets = cli::find_targets(getpid());
  std::filesystem::remove(folder / name);
  EXPECT_FALSE(targets.ok());
}

}  // namespace
}  // namespace tbprof::tests
