// libtbprof.so as a guest in strange processes: what it exports and needs, and that loading it into
// interpreters, static programs and each other's company changes nothing they do.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/collector/capture.h"

namespace tbprof::tests {
namespace {

const std::string kLibrary = TBPROF_LIBRARY;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool has_program(const char* name) {
  return run_program({"sh", "-c", std::string("command -v ") + name}).exited_with(0);
}

TEST(Library, ExportsItsInterfaceAndNothingElse) {
  const std::set<std::string> expected{"InitializeInjection",
                                       "InitializeInjectionNvtx2",
                                       "tbprof_counter",
                                       "tbprof_counter_named",
                                       "tbprof_flush",
                                       "tbprof_instant",
                                       "tbprof_instant_named",
                                       "tbprof_is_recording",
                                       "tbprof_name",
                                       "tbprof_name_thread",
                                       "tbprof_range_begin",
                                       "tbprof_range_begin_named",
                                       "tbprof_range_end",
                                       "tbprof_set_schedule",
                                       "tbprof_window_begin",
                                       "tbprof_window_end",
                                       "tbprof_start",
                                       "tbprof_step_begin",
                                       "tbprof_step_begin_named",
                                       "tbprof_step_end",
                                       "tbprof_stop",
                                       "tbprof_version",
                                       "TBPROF_0"};
  std::set<std::string> found;
  for (const std::string& line :
       lines_of(run_program({"nm", "-D", "--defined-only", kLibrary}).out)) {
    const std::string name = line.substr(line.rfind(' ') + 1);
    found.insert(name.substr(0, name.find('@')));
  }
  EXPECT_EQ(found, expected);
}

TEST(Library, NeedsOnlyTheSystemsLibrary) {
  const std::set<std::string> allowed{"libc.so.6",
                                      "libm.so.6",
                                      "libdl.so.2",
                                      "libpthread.so.0",
                                      "ld-linux-x86-64.so.2",
                                      "ld-linux-aarch64.so.1"};
  int needed = 0;
  bool stays_loaded = false;
  for (const std::string& line : lines_of(run_program({"readelf", "-dW", kLibrary}).out)) {
    stays_loaded |= line.find("NODELETE") != std::string::npos;
    if (line.find("(NEEDED)") == std::string::npos) continue;
    ++needed;
    const std::size_t begin = line.find('[') + 1;
    EXPECT_EQ(allowed.count(line.substr(begin, line.find(']') - begin)), 1u) << line;
  }
  EXPECT_GE(needed, 1);
  EXPECT_TRUE(stays_loaded);
}

TEST(Library, NeedsNoNewGlibc) {
  int versions = 0;
  for (const std::string& line : lines_of(run_program({"objdump", "-T", kLibrary}).out)) {
    EXPECT_EQ(line.find("_dl_find_object"), std::string::npos);
    const std::size_t at = line.find("GLIBC_2.");
    if (at == std::string::npos) continue;
    ++versions;
    EXPECT_LE(std::stoi(line.substr(at + 8)), 34) << line;
  }
  EXPECT_GT(versions, 10);
}

TEST(Library, UsesOneWordOfThreadLocalStorage) {
  for (const std::string& line : lines_of(run_program({"readelf", "-lW", kLibrary}).out)) {
    if (line.find(" TLS ") == std::string::npos) continue;
    EXPECT_NE(line.find("0x000000 0x000008"), std::string::npos) << line;
  }
}

// The program's streams and status with the library preloaded and recording switched on are those
// it has alone.
void expect_unchanged(const std::vector<std::string>& command) {
  const TemporaryFolder folder;
  const Outcome alone = run_program(command);
  const Outcome guest = run_program(
      command, {.environment = {"LD_PRELOAD=" + kLibrary, "TBPROF_LOGDIR=" + folder.path(),
                                "NVTX_INJECTION64_PATH=" + kLibrary}});
  EXPECT_EQ(guest.status, alone.status) << command[0];
  EXPECT_EQ(guest.out, alone.out) << command[0];
  EXPECT_EQ(guest.err, alone.err) << command[0];
  EXPECT_TRUE(read_captures(folder.path()).empty()) << "it recorded what says nothing";
}

TEST(Library, IsHarmlessInPython) {
  if (!has_program("python3")) GTEST_SKIP() << "python3 is not installed";
  expect_unchanged({"python3", "-c",
                    "import os,subprocess,threading\n"
                    "p=os.fork()\n"
                    "if p==0: os._exit(3)\n"
                    "print(os.waitpid(p,0)[1]>>8)\n"
                    "t=threading.Thread(target=lambda:print('thread')); t.start(); t.join()\n"
                    "print(subprocess.check_output(['echo','child']))\n"
                    "raise SystemExit(4)"});
}

// The functions are there for whoever finds them, as a Python package would.
TEST(Library, RecordsFromPython) {
  if (!has_program("python3")) GTEST_SKIP() << "python3 is not installed";
  const TemporaryFolder folder;
  const Outcome outcome = run_program(
      {"python3", "-c",
       "import ctypes,os\n"
       "t=ctypes.CDLL('" +
           kLibrary +
           "')\n"
           "for i in range(5):\n"
           "  t.tbprof_step_begin(ctypes.c_int64(i)); t.tbprof_step_end()\n"
           "p=os.fork()\n"
           "if p==0:\n"
           "  t.tbprof_range_begin(b'loader',2); t.tbprof_range_end(); t.tbprof_flush(2000)\n"
           "  os._exit(0)\n"
           "os.waitpid(p,0)\n"},
      {.environment = {"TBPROF_LOGDIR=" + folder.path()}});
  EXPECT_TRUE(outcome.exited_with(0)) << outcome.err;
  const std::vector<Capture> captures = read_captures(folder.path());
  ASSERT_EQ(captures.size(), 2u);
  EXPECT_EQ(captures[0].steps.size() + captures[1].steps.size(), 5u);
  EXPECT_EQ(captures[0].count("loader") + captures[1].count("loader"), 1u);
}

TEST(Library, IsHarmlessInNode) {
  if (!has_program("node")) GTEST_SKIP() << "node is not installed";
  expect_unchanged({"node", "-e", "console.log([1,2].map(x=>x*2)); process.exit(5)"});
}

TEST(Library, IsHarmlessInJava) {
  if (!has_program("java")) GTEST_SKIP() << "java is not installed";
  expect_unchanged({"java", "-version"});
}

TEST(Library, IsIgnoredByStaticPrograms) { expect_unchanged({TBPROF_STATIC_PROBE, "9"}); }

TEST(Library, IsHarmlessInShellsAndCrashes) {
  expect_unchanged({"sh", "-c", "echo out; echo err >&2; (exit 3)"});
  expect_unchanged({"sh", "-c", "kill -SEGV $$"});
}

}  // namespace
}  // namespace tbprof::tests
