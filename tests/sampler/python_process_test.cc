// Stacks of real interpreters, of every version that this machine has, compared with what the
// script says that it does.
#include "sampler/python_process.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "sampler/python_place.h"
#include "sampler/python_stacks.h"
#include "sampler/sample_file.h"
#include "tests/sampler/child_program.h"

namespace tbprof::tests::sampler {
namespace {

using namespace tbprof::sampler;

constexpr const char* kScript = R"(import os, sys, threading, time


class Loader:
    def fetch_größe(self, reader):
        os.read(reader, 1)  # line 6


def innermost(reader):
    values = [
        number for number in range(3)
    ]
    print(threading.get_native_id(), flush=True)
    while True:
        if values:
            os.read(reader, 1)  # line 16


def outer(depth, reader):
    if depth > 0:
        return outer(depth - 1, reader)  # line 21
    return innermost(reader)  # line 22


reader, writer = os.pipe()
threading.Thread(target=Loader().fetch_größe, args=(reader,), name="loader").start()
time.sleep(0.2)
outer(5, reader)  # line 28
)";

std::string frame_text(const PythonProcess& python, const PythonFrame& frame) {
  const PythonCode& code = python.code(frame.code);
  const std::string file = code.file.substr(code.file.rfind('/') + 1);
  return code.function + " " + file + ":" + std::to_string(frame.line);
}

std::vector<std::string> texts(const PythonProcess& python, const std::vector<PythonFrame>& stack) {
  std::vector<std::string> lines;
  for (const PythonFrame& frame : stack) lines.push_back(frame_text(python, frame));
  return lines;
}

class EveryPython : public testing::TestWithParam<Interpreter> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryPython);

TEST_P(EveryPython, TellsItsStacks) {
  const std::string script = file_with("stacks.py", kScript);
  ChildProgram child({GetParam().path, script});
  ASSERT_FALSE(child.first_line().empty());
  const auto place = find_python(child.pid());
  ASSERT_TRUE(place.ok()) << place.error().message;
  const ProcessMemory memory(child.pid());
  auto opened = PythonProcess::open(memory, place.value());
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  PythonProcess& python = *opened.value();
  EXPECT_EQ(python.minor_version(), GetParam().minor_version);
  ASSERT_TRUE(python.find_threads());
  ASSERT_EQ(python.threads().size(), 2u);

  const bool has_qualified_names = GetParam().minor_version >= 11;
  std::vector<std::string> expected_main = {"innermost stacks.py:16", "outer stacks.py:22"};
  for (int i = 0; i < 5; ++i) expected_main.emplace_back("outer stacks.py:21");
  expected_main.emplace_back("<module> stacks.py:28");
  const std::string in_loader =
      std::string(has_qualified_names ? "Loader." : "") + "fetch_größe stacks.py:6";
  // It has printed, and may be on its way to where it waits.
  const auto waits = [&](PythonProcess::Thread& thread) {
    std::vector<PythonFrame> stack;
    if (python.look(thread, stack) != PythonProcess::Look::stack) return false;
    const std::string line = frame_text(python, stack.front());
    return line == in_loader || line == expected_main.front();
  };
  for (int i = 0; i < 500 && !std::ranges::all_of(python.threads(), waits); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  int seen_main = 0;
  int seen_loader = 0;
  for (int round = 0; round < 3; ++round) {  // from the second on, frames are read ahead
    for (PythonProcess::Thread& thread : python.threads()) {
      std::vector<PythonFrame> stack;
      ASSERT_EQ(python.look(thread, stack), PythonProcess::Look::stack);
      const std::vector<std::string> lines = texts(python, stack);
      if (lines.front() == in_loader) {
        ++seen_loader;
        EXPECT_GE(lines.size(), 3u);  // below it is what the module `threading` does
      } else {
        ++seen_main;
        EXPECT_EQ(lines, expected_main);
      }
    }
  }
  EXPECT_EQ(seen_main, 3);
  EXPECT_EQ(seen_loader, 3);
}

TEST_P(EveryPython, IsMatchedWithTheKernelsThreads) {
  const std::string script = file_with("match.py", kScript);
  ChildProgram child({GetParam().path, script});
  const pid_t tid = std::stoi(child.first_line());
  SampleFile file;
  PythonStacks stacks(child.pid(), file);
  stacks.refresh();
  ASSERT_TRUE(stacks.has_interpreter());
  EXPECT_EQ(tid, child.pid());
  const std::uint32_t main_stack = stacks.stack_id(tid);
  EXPECT_NE(main_stack, proto::kNoId);
  EXPECT_EQ(stacks.stack_id(tid), main_stack);  // an equal stack has the same id
  EXPECT_EQ(stacks.stack_id(1), proto::kNoId);
}

// While it runs, what is read is torn now and then; nothing wrong may come of it.
TEST_P(EveryPython, IsReadWhileItRuns) {
  const std::string script = file_with("busy.py", R"(
def leaf(n):
    return [i * i for i in range(n)]
def left(n):
    return leaf(n % 7)
def right(n):
    return leaf(n % 5)
def middle(n):
    return left(n) if n % 2 else right(n)
def work():
    for n in range(10**12):
        middle(n)
print("ready", flush=True)
work()
)");
  ChildProgram child({GetParam().path, script});
  ASSERT_EQ(child.first_line(), "ready");
  const auto place = find_python(child.pid());
  ASSERT_TRUE(place.ok());
  const ProcessMemory memory(child.pid());
  auto opened = PythonProcess::open(memory, place.value());
  ASSERT_TRUE(opened.ok());
  PythonProcess& python = *opened.value();
  ASSERT_TRUE(python.find_threads());
  int whole = 0;
  std::vector<PythonFrame> stack;
  for (int i = 0; i < 2000; ++i) {
    if (python.look(python.threads()[0], stack) != PythonProcess::Look::stack) continue;
    ++whole;
    for (const PythonFrame& frame : stack) {
      const std::string& name = python.code(frame.code).function;
      const bool is_known = name == "leaf" || name == "left" || name == "right" ||
                            name == "middle" || name == "work" || name == "<module>" ||
                            name.find("listcomp") != std::string::npos;
      EXPECT_TRUE(is_known) << name;
    }
  }
  EXPECT_GT(whole, 1000);
}

INSTANTIATE_TEST_SUITE_P(OfThisMachine, EveryPython, testing::ValuesIn(interpreters()),
                         [](const auto& interpreter) {
                           std::string name = interpreter.param.path;
                           for (char& letter : name) {
                             if (isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
                           }
                           return name;
                         });

TEST(FindPython, ProgramWithoutPythonHasNone) {
  ChildProgram child({"sh", "-c", "echo ready; exec sleep 100"});
  ASSERT_EQ(child.first_line(), "ready");
  const auto place = find_python(child.pid());
  ASSERT_FALSE(place.ok());
  EXPECT_EQ(place.error().code, proto::ErrorCode::not_found);
}

TEST(FindPython, CandidatesAreTheProgramAndLibpython) {
  const auto files = interpreter_candidates(
      "55d0c0000000-55d0c0001000 r--p 00000000 08:01 12  /opt/my tools/train\n"
      "55d0c0001000-55d0c0002000 r-xp 00001000 08:01 12  /opt/my tools/train\n"
      "7f0000000000-7f0000001000 rw-p 00000000 00:00 0 \n"
      "7f0000100000-7f0000101000 r--p 00000000 08:01 13  /usr/lib/libpython3.9.so.1.0\n"
      "7f0000101000-7f0000102000 r-xp 00001000 08:01 13  /usr/lib/libpython3.9.so.1.0\n"
      "7f0000200000-7f0000201000 r--p 00000000 08:01 14  /usr/lib/libc.so.6\n"
      "7fff00000000-7fff00001000 rw-p 00000000 00:00 0   [stack]\n"
      "nonsense\n\n7f-");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, "/opt/my tools/train");
  EXPECT_EQ(files[0].first_address, 0x55d0c0000000u);
  EXPECT_EQ(files[1].path, "/usr/lib/libpython3.9.so.1.0");
  EXPECT_EQ(files[1].first_address, 0x7f0000100000u);
}

}  // namespace
}  // namespace tbprof::tests::sampler
