// The sampler on running programs, and what it leaves in their files.
#include "sampler/sampler.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <thread>

#include "proto/record_reader.h"
#include "proto/sample_chunk.h"
#include "proto/trace_decoder.h"
#include "sampler/process_tree.h"
#include "tests/sampler/child_program.h"

namespace tbprof::tests::sampler {
namespace {

namespace fs = std::filesystem;
using namespace tbprof::sampler;

// All chunks of a file, one after the other.
struct ReadFile {
  proto::TraceHeader header;
  std::vector<std::string> strings;
  std::vector<proto::SampledThread> threads;
  std::vector<proto::SampledFrame> frames;
  std::vector<proto::SampledStack> stacks;
  std::vector<proto::SampleBlock> blocks;
  std::map<std::string, std::string> properties;
  bool is_complete = false;

  std::string innermost(std::uint32_t stack) const {
    return stack == proto::kNoId
               ? ""
               : strings.at(frames.at(stacks.at(stack).frame_id).function_string_id);
  }
};

ReadFile read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  ReadFile file;
  proto::RecordReader records({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  proto::RecordView record;
  proto::SampleChunkDecoder decoder;
  while (records.next(record) == proto::ReadStatus::record) {
    if (!proto::is_sample_record(record.payload)) {
      file.header = proto::decode_header(record.payload).value();
      continue;
    }
    proto::SampleChunk chunk;
    EXPECT_TRUE(decoder.decode(record.payload, chunk).ok());
    EXPECT_EQ(chunk.first_string_id, file.strings.size());
    const auto append = [](auto& all, const auto& more) {
      all.insert(all.end(), more.begin(), more.end());
    };
    append(file.strings, chunk.strings);
    append(file.threads, chunk.threads);
    append(file.frames, chunk.frames);
    append(file.stacks, chunk.stacks);
    append(file.blocks, chunk.blocks);
    for (const proto::Property& fact : chunk.properties) file.properties[fact.key] = fact.value;
    file.is_complete = chunk.is_last;
  }
  return file;
}

class Sampling : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tbprof_sampling_XXXXXX";
    folder_ = mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(folder_); }

  SamplerOptions options() const {
    SamplerOptions options;
    options.place = {folder_, "node1", "node1", "run", "session", "tbprof test"};
    return options;
  }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().extension() == ".tbsamples") found.push_back(entry.path());
    }
    return found;
  }
  // As if the process recorded something itself: its file is then made from the first look on.
  void pretend_trace(pid_t pid) const {
    std::ofstream(folder_ + "/node1_" + std::to_string(pid) + "_1.tbtrace") << "x";
  }

  std::string folder_;
};

void wait_ms(int time_ms) { std::this_thread::sleep_for(std::chrono::milliseconds(time_ms)); }

TEST_F(Sampling, TellsABusyThreadFromAWaitingOne) {
  const auto pythons = interpreters();
  if (pythons.empty()) GTEST_SKIP() << "no Python from 3.9 on is installed";
  const std::string script = file_with("two.py", R"(
import threading
def spin():
    while True:
        sum(range(1000))
def doze(event):
    event.wait()
threading.Thread(target=doze, args=(threading.Event(),)).start()
print("ready", flush=True)
spin()
)");
  ChildProgram child({pythons.back().path, script});
  ASSERT_EQ(child.first_line(), "ready");
  pretend_trace(child.pid());
  Sampler sampler(options());
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  wait_ms(1200);
  sampler.stop();
  ASSERT_EQ(files().size(), 1u);
  const ReadFile file = read_file(files()[0]);
  EXPECT_TRUE(file.is_complete);
  EXPECT_EQ(file.header.pid, child.pid());
  EXPECT_EQ(file.header.host, "node1");
  EXPECT_EQ(file.header.command.at(1), script);
  ASSERT_EQ(file.threads.size(), 2u);
  std::uint64_t busy_cpu_ns = 0;
  std::size_t spins = 0;
  std::size_t dozes = 0;
  for (const proto::SampleBlock& block : file.blocks) {
    const bool is_main = file.threads.at(block.thread_id).tid == child.pid();
    std::int64_t end_ns = 0;
    for (std::size_t i = 0; i < block.start_ns.size(); ++i) {
      EXPECT_GE(block.start_ns[i], end_ns);
      EXPECT_GT(block.count[i], 0u);
      end_ns = block.start_ns[i] + block.duration_ns[i];
      const std::string function = file.innermost(block.stack_id[i]);
      if (is_main) {
        busy_cpu_ns += block.cpu_ns[i];
        spins += function == "spin" ? 1 : 0;
      } else {
        EXPECT_EQ(block.state[i], static_cast<std::uint32_t>(proto::ThreadState::sleeping));
        EXPECT_EQ(block.cpu_ns[i], 0u);
        dozes += function.find("wait") != std::string::npos ? 1 : 0;
        EXPECT_EQ(file.strings.at(block.place_id[i]), "futex");
      }
    }
  }
  EXPECT_GT(busy_cpu_ns, 10'000'000u);
  EXPECT_GT(spins, 0u);
  EXPECT_GT(dozes, 0u);
  EXPECT_EQ(file.properties.at("sampler.rate_hz"), "200");
  EXPECT_EQ(file.properties.at("python.version").substr(0, 2), "3.");
}

TEST_F(Sampling, EndsAFileWithItsProcess) {
  ChildProgram child({"sh", "-c", "echo ready; while :; do :; done"});
  ASSERT_EQ(child.first_line(), "ready");
  pretend_trace(child.pid());
  Sampler sampler(options());
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  wait_ms(700);
  child.kill_and_wait();
  wait_ms(200);
  ASSERT_EQ(files().size(), 1u);
  EXPECT_TRUE(read_file(files()[0]).is_complete);  // before the sampler is stopped
  sampler.stop();
}

TEST_F(Sampling, LeavesNothingOfProcessesThatAreOverInAMoment) {
  ChildProgram child(
      {"sh", "-c", "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; echo"});
  Sampler sampler(options());
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  child.first_line();
  sampler.stop();
  EXPECT_TRUE(files().empty());
}

TEST_F(Sampling, FollowsAProcessIntoTheProgramThatItBecomes) {
  const auto pythons = interpreters();
  if (pythons.empty()) GTEST_SKIP() << "no Python from 3.9 on is installed";
  const std::string script = file_with("late.py", "def late():\n    while True: pass\nlate()\n");
  ChildProgram child(
      {"sh", "-c", "echo ready; sleep 0.4; exec " + pythons.back().path + " " + script});
  ASSERT_EQ(child.first_line(), "ready");
  pretend_trace(child.pid());
  Sampler sampler(options());
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  bool is_seen = false;
  for (int turn = 0; turn < 50 && !is_seen; ++turn) {
    wait_ms(200);
    if (files().empty()) continue;
    const ReadFile file = read_file(files()[0]);
    for (const std::string& text : file.strings) is_seen |= text == "late";
  }
  sampler.stop();
  EXPECT_TRUE(is_seen);
  const ReadFile file = read_file(files()[0]);
  std::string name;  // the last that is told of the main thread
  for (const proto::SampledThread& thread : file.threads) {
    if (thread.tid == child.pid()) name = file.strings.at(thread.name_string_id);
  }
  EXPECT_EQ(name.substr(0, 6), "python");
}

TEST_F(Sampling, LooksOnlyWhileAWindowIsOpen) {
  ChildProgram child({"sh", "-c", "echo ready; while :; do :; done"});
  ASSERT_EQ(child.first_line(), "ready");
  pretend_trace(child.pid());
  SamplerOptions closed = options();
  int asked = 0;
  closed.is_window_open = [&](pid_t pid) {
    asked += pid == child.pid() ? 1 : 0;
    return false;
  };
  Sampler sampler(closed);
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  wait_ms(300);
  sampler.stop();
  EXPECT_GT(asked, 5);
  EXPECT_TRUE(files().empty());
}

// What a limit keeps it from seeing stands in the files.
TEST_F(Sampling, CountsThreadsAndProcessesForWhichThereIsNoRoom) {
  const auto pythons = interpreters();
  if (pythons.empty()) GTEST_SKIP() << "no Python from 3.9 on is installed";
  const std::string script = file_with("many.py", R"(
import subprocess, threading
for _ in range(3):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
children = [subprocess.Popen(["sleep", "100"]) for _ in range(2)]
print(*(child.pid for child in children), flush=True)
while True:
    pass
)");
  ChildProgram child({pythons.back().path, script});
  std::istringstream line(child.first_line());
  pretend_trace(child.pid());
  SamplerOptions few = options();
  few.max_processes = 1;
  few.max_threads = 2;
  Sampler sampler(few);
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  wait_ms(1500);
  sampler.stop();
  for (pid_t pid = 0; line >> pid;) kill(pid, SIGKILL);
  ASSERT_EQ(files().size(), 1u);
  const ReadFile file = read_file(files()[0]);
  EXPECT_EQ(file.threads.size(), 2u);
  ASSERT_EQ(file.properties.count("sampler.missed_threads"), 1u);
  EXPECT_EQ(file.properties.at("sampler.missed_threads"), "2");
  ASSERT_EQ(file.properties.count("sampler.missed_processes"), 1u);
  EXPECT_EQ(file.properties.at("sampler.missed_processes"), "2");
  EXPECT_EQ(sampler.cost().missed_processes, 2u);
}

TEST_F(Sampling, CountsBusyProcessesThatMayHaveNoFile) {
  ChildProgram child({"sh", "-c", "sh -c 'echo $$; while :; do :; done' & while :; do :; done"});
  const pid_t second = std::stoi(child.first_line());
  pretend_trace(child.pid());
  SamplerOptions few = options();
  few.max_files = 0;
  Sampler sampler(few);
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  for (int turn = 0; turn < 60; ++turn) {
    wait_ms(200);
    if (!files().empty() && read_file(files()[0]).properties.count("sampler.missed_files") != 0) {
      break;
    }
  }
  sampler.stop();
  kill(second, SIGKILL);
  ASSERT_EQ(files().size(), 1u);  // of the process that has a trace
  const ReadFile file = read_file(files()[0]);
  ASSERT_EQ(file.properties.count("sampler.missed_files"), 1u);
  EXPECT_EQ(file.properties.at("sampler.missed_files"), "1");
  EXPECT_EQ(sampler.cost().missed_files, 1u);
}

TEST_F(Sampling, TellsThatAProcessIsStoppedOfAllItsThreads) {
  const auto pythons = interpreters();
  if (pythons.empty()) GTEST_SKIP() << "no Python from 3.9 on is installed";
  const std::string script = file_with("stopped.py", R"(
import threading, time
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
while True:
    time.sleep(0.001)
)");
  ChildProgram child({pythons.back().path, script});
  ASSERT_EQ(child.first_line(), "ready");
  pretend_trace(child.pid());
  Sampler sampler(options());
  ASSERT_TRUE(sampler.start(child.pid()).ok());
  wait_ms(500);
  kill(child.pid(), SIGSTOP);
  wait_ms(500);
  sampler.stop();
  ASSERT_EQ(files().size(), 1u);
  std::map<std::uint32_t, std::uint32_t> last_state;
  for (const proto::SampleBlock& block : read_file(files()[0]).blocks) {
    last_state[block.thread_id] = block.state.back();
  }
  ASSERT_EQ(last_state.size(), 2u);
  for (const auto& [thread, state] : last_state) {
    EXPECT_EQ(state, static_cast<std::uint32_t>(proto::ThreadState::stopped)) << thread;
  }
}

TEST_F(Sampling, OutlivesAProcessThatIsGoneBeforeItBegins) {
  ChildProgram child({"true"});
  const pid_t pid = child.pid();
  child.kill_and_wait();
  Sampler sampler(options());
  ASSERT_TRUE(sampler.start(pid).ok());
  wait_ms(50);
  sampler.stop();
  EXPECT_TRUE(files().empty());
}

TEST(ProcessTree, FindsChildrenAndTheirs) {
  ChildProgram child({"sh", "-c", "sh -c 'sleep 100; true' & echo ready; wait"});
  ASSERT_EQ(child.first_line(), "ready");
  const pid_t root[] = {child.pid()};
  std::vector<pid_t> found;
  for (int turn = 0; turn < 100 && found.size() < 2; ++turn) {
    wait_ms(20);
    found = descendants(root);
  }
  ASSERT_EQ(found.size(), 2u);
  for (const pid_t pid : found) kill(pid, SIGKILL);
}

}  // namespace
}  // namespace tbprof::tests::sampler
