#include "analyzer/report/wait_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace tbprof::analyzer::report {

namespace {

// Functions that do nothing but wait, whoever calls them.
constexpr std::array kWaits = {
    std::string_view("wait"),
    std::string_view("wait_for"),
    std::string_view("_wait_for_tstate_lock"),
    std::string_view("acquire"),
    std::string_view("sleep"),
    std::string_view("usleep"),
    std::string_view("nanosleep"),
    std::string_view("clock_nanosleep"),
    std::string_view("poll"),
    std::string_view("ppoll"),
    std::string_view("_poll"),
    std::string_view("select"),
    std::string_view("pselect"),
    std::string_view("epoll_wait"),
    std::string_view("epoll_pwait"),
    std::string_view("kevent"),
    std::string_view("pthread_cond_wait"),
    std::string_view("pthread_cond_timedwait"),
    std::string_view("pthread_join"),
    std::string_view("pthread_mutex_lock"),
    std::string_view("sem_wait"),
    std::string_view("sem_timedwait"),
    std::string_view("futex"),
    std::string_view("waitpid"),
    std::string_view("wait4"),
    std::string_view("cudaDeviceSynchronize"),
    std::string_view("cudaStreamSynchronize"),
    std::string_view("cudaEventSynchronize"),
    std::string_view("cuCtxSynchronize"),
    std::string_view("cuStreamSynchronize"),
    std::string_view("cuEventSynchronize"),
    std::string_view("hipDeviceSynchronize"),
    std::string_view("hipStreamSynchronize"),
    std::string_view("hipEventSynchronize"),
};

// Functions of these files of Python wait, though others of their names do not.
struct FileWait {
  std::string_view file;
  std::string_view function;
};
constexpr std::array kFileWaits = {
    FileWait{"threading.py", "join"},
    FileWait{"queue.py", "get"},
    FileWait{"queue.py", "put"},
    FileWait{"queues.py", "get"},
    FileWait{"connection.py", "recv"},
    FileWait{"connection.py", "_recv"},
    FileWait{"connection.py", "_recv_bytes"},
};

template <std::size_t Count>
bool holds(const std::array<std::string_view, Count>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// "get" of "queue.py(171): get"; the file is empty where the name is no frame of a file.
struct Frame {
  std::string_view file;
  std::string_view function;
};

Frame python_frame(std::string_view name) {
  const std::size_t call = name.find("): ");
  const std::size_t line = call == name.npos ? name.npos : name.rfind('(', call);
  if (line == name.npos) return {};
  const std::string_view path = name.substr(0, line);
  const std::size_t slash = path.rfind('/');
  return {slash == path.npos ? path : path.substr(slash + 1), name.substr(call + 3)};
}

// "acquire" of "<built-in method acquire of _thread.lock object at 0x7f…>" and of
// "<method 'acquire' of '_thread.lock' objects>".
std::string_view builtin_method(std::string_view name) {
  for (const std::string_view head : {"<built-in method ", "<method '"}) {
    if (!name.starts_with(head)) continue;
    const std::string_view rest = name.substr(head.size());
    return rest.substr(0, rest.find_first_of(" '>"));
  }
  return {};
}

// A range that somebody named for its waiting: "wait for room", "Idle".
bool is_named_wait(std::string_view name) {
  const std::size_t end = std::min(name.find_first_of(" :_-"), name.size());
  std::string word(name.substr(0, end));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return word == "wait" || word == "waiting" || word == "idle" || word == "sleep";
}

}  // namespace

bool is_wait(std::string_view name, proto::Category category) {
  if (category == proto::Category::input) return false;
  if (category == proto::Category::synchronization) return true;
  const Frame frame = python_frame(name);
  if (!frame.file.empty()) {
    if (frame.file == "selectors.py" || holds(kWaits, frame.function)) return true;
    return std::any_of(kFileWaits.begin(), kFileWaits.end(), [&](const FileWait& wait) {
      return wait.file == frame.file && wait.function == frame.function;
    });
  }
  const std::string_view method = builtin_method(name);
  if (!method.empty()) return holds(kWaits, method);
  return holds(kWaits, name) || is_named_wait(name);
}

}  // namespace tbprof::analyzer::report
