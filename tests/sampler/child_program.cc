#include "tests/sampler/child_program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tbprof::tests::sampler {
namespace {

namespace fs = std::filesystem;

struct TemporaryFolder {
  TemporaryFolder() {
    char name[] = "/tmp/tbprof_sampler_XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryFolder() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  std::string path;
};

}  // namespace

ChildProgram::ChildProgram(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  output_ = ends[0];
}

ChildProgram::~ChildProgram() {
  kill_and_wait();
  if (output_ >= 0) close(output_);
}

std::string ChildProgram::first_line() {
  std::string line;
  char letter = 0;
  while (read(output_, &letter, 1) == 1 && letter != '\n') line += letter;
  return line;
}

void ChildProgram::kill_and_wait() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::vector<Interpreter> interpreters() {
  std::vector<Interpreter> found;
  std::vector<fs::path> folders;
  const char* home = std::getenv("HOME");
  std::error_code error;
  if (home != nullptr) {
    for (const auto& version : fs::directory_iterator(fs::path(home) / ".pyenv/versions", error)) {
      folders.push_back(version.path() / "bin");
    }
  }
  folders.emplace_back("/usr/bin");
  folders.emplace_back("/usr/local/bin");
  for (int minor_version = 9; minor_version <= 13; ++minor_version) {
    for (const fs::path& folder : folders) {
      const fs::path path = folder / ("python3." + std::to_string(minor_version));
      if (fs::exists(path, error)) found.push_back({minor_version, path.string()});
    }
  }
  return found;
}

std::string file_with(const std::string& name, const std::string& content) {
  static const TemporaryFolder folder;
  const std::string path = folder.path + "/" + name;
  std::ofstream(path) << content;
  return path;
}

}  // namespace tbprof::tests::sampler
