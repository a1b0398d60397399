#include "cli/child_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "cli/group_witness.h"

namespace tbprof::cli {
namespace {

// Signals that a fault of our own raises: blocked, they could not be told from a forwarded one.
constexpr int kFaults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};

// The signal state that the program inherits, and that we give back before we end.
struct InheritedSignals {
  sigset_t mask;
  struct sigaction child_action;
};

InheritedSignals take_signals(sigset_t& waited) {
  InheritedSignals inherited;
  sigfillset(&waited);
  for (const int fault : kFaults) sigdelset(&waited, fault);
  sigprocmask(SIG_BLOCK, &waited, &inherited.mask);
  // An ignored SIGCHLD would take the exit status away from us; the program gets it back.
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &standard, &inherited.child_action);
  return inherited;
}

void give_back(const InheritedSignals& inherited) {
  sigaction(SIGCHLD, &inherited.child_action, nullptr);
  sigprocmask(SIG_SETMASK, &inherited.mask, nullptr);
}

// The program would survive a SIGKILL that was meant for it but reached only us.
void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) raise(SIGKILL);
}

// Stops this process as the program was stopped, until someone continues it.
void stop_like(int signal, const sigset_t& waited) {
  struct sigaction standard = {};
  struct sigaction previous = {};
  standard.sa_handler = SIG_DFL;
  if (signal != SIGSTOP) sigaction(signal, &standard, &previous);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  raise(signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);  // stops here
  sigprocmask(SIG_BLOCK, &waited, nullptr);
  if (signal != SIGSTOP) sigaction(signal, &previous, nullptr);
}

class Supervisor {
 public:
  Supervisor(pid_t child, const sigset_t& waited, GroupWitness& witness)
      : child_(child), waited_(waited), witness_(witness) {}

  // Until the program has ended; its wait status.
  int supervise() {
    int status = 0;
    while (!reap(status)) {
      siginfo_t info = {};
      const int signal = sigwaitinfo(&waited_, &info);
      if (signal > 0 && signal != SIGCHLD) pass_on(signal, info);
    }
    return status;
  }

 private:
  // Takes every change of the program's state that there is; true once it has ended.
  bool reap(int& status) {
    while (true) {
      const pid_t pid = waitpid(child_, &status, WNOHANG | WUNTRACED);
      if (pid < 0 && errno == EINTR) continue;
      if (pid <= 0) return pid < 0;
      if (WIFSTOPPED(status)) {
        stop_like(WSTOPSIG(status), waited_);
      } else {
        return true;
      }
    }
  }

  // What the terminal or someone else sent to the process group has reached the program already, as
  // it is in the same group; what the program itself sends to its parent is not for it.
  void pass_on(int signal, const siginfo_t& info) {
    const bool from_a_process = info.si_code <= 0;
    if (!from_a_process || info.si_pid == child_ || witness_.saw(signal)) return;
    kill(child_, signal);
  }

  pid_t child_;
  sigset_t waited_;
  GroupWitness& witness_;
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

}  // namespace

int become_program(const std::vector<std::string>& program, const Environment& environment) {
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  execvp(program[0].c_str(), pointers(program).data());
  return errno;
}

proto::Result<ProgramEnd> run_program(const std::vector<std::string>& program,
                                      const Environment& environment,
                                      const std::function<void(pid_t)>& started) {
  int failure_pipe[2];
  if (pipe2(failure_pipe, O_CLOEXEC) != 0) {
    return {proto::ErrorCode::unavailable,
            std::string("no pipe for the program: ") + std::strerror(errno)};
  }
  sigset_t waited;
  const InheritedSignals inherited = take_signals(waited);
  GroupWitness witness;  // before the program, which may be sent a signal at once
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    die_with_parent(parent);
    give_back(inherited);
    const int failure = become_program(program, environment);
    if (write(failure_pipe[1], &failure, sizeof failure) < 0) _exit(127);
    _exit(127);
  }
  close(failure_pipe[1]);
  ProgramEnd end;
  if (child < 0) {
    const int failure = errno;
    close(failure_pipe[0]);
    give_back(inherited);
    return {proto::ErrorCode::unavailable,
            std::string("no process for the program: ") + std::strerror(failure)};
  }
  if (read(failure_pipe[0], &end.exec_errno, sizeof end.exec_errno) <= 0) end.exec_errno = 0;
  close(failure_pipe[0]);
  if (end.exec_errno == 0 && started) started(child);
  const int status = Supervisor(child, waited, witness).supervise();
  if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
  if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
  return end;
}

void end_like(const ProgramEnd& end) {
  if (end.signal != 0) {
    const rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    prctl(PR_SET_DUMPABLE, 0);  // a core handler behind a pipe does not ask for the limit
    struct sigaction standard = {};
    standard.sa_handler = SIG_DFL;
    sigaction(end.signal, &standard, nullptr);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, end.signal);
    raise(end.signal);
    sigprocmask(SIG_UNBLOCK, &only, nullptr);
    _exit(128 + end.signal);  // a signal that does not kill us
  }
  _exit(end.exit_code);
}

}  // namespace tbprof::cli
