// A CUDA program that ends in each of the ways in which programs end, with work behind it or still
// on the GPU. Its status and output must be the same whether it is recorded or not.
// usage: gpu_end_cases CASE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include "tests/gpu/spin_kernel.cuh"

namespace {

using namespace tbprof::tests;

void launch_some(unsigned long long kernel_ns) {
  for (int i = 0; i < 1000; ++i) spin<<<1, 1>>>(kernel_ns);
  check(cudaGetLastError());
}

void say(const char* text) {
  std::printf("%s\n", text);
  std::fflush(stdout);
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  std::printf("child %d\n", WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
  return 0;
}

int end_as(const std::string& how) {
  if (how == "return") return 3;
  if (how == "exit") std::exit(4);
  if (how == "_exit") _exit(5);
  if (how == "quick_exit") std::quick_exit(6);
  if (how == "abort") std::abort();
  if (how == "kill") raise(SIGKILL);
  if (how == "terminate") raise(SIGTERM);
  if (how == "fault") raise(SIGSEGV);
  if (how == "exit_on_a_thread") std::thread([] { std::exit(7); }).join();
  if (how == "reset") {
    check(cudaDeviceReset());
    return 8;
  }
  if (how == "work_in_flight") {
    launch_some(1'000'000);
    return 9;
  }
  if (how == "fork") {
    const pid_t child = fork();
    if (child == 0) _exit(10);
    return wait_for(child);
  }
  if (how == "fork_and_exit") {
    const pid_t child = fork();
    if (child == 0) std::exit(11);
    return wait_for(child);
  }
  if (how == "exec") {
    execl("/bin/sh", "sh", "-c", "echo a shell; exit 12", static_cast<char*>(nullptr));
  }
  if (how == "failing_kernel") {
    spin<<<1, 4096>>>(1);  // more threads than a block may have
    std::printf("%s\n", cudaGetErrorName(cudaGetLastError()));
    return 13;
  }
  return 98;
}

}  // namespace

int main(int argc, char** argv) {
  launch_some(1000);
  check(cudaDeviceSynchronize());
  say("worked");
  return end_as(argc > 1 ? argv[1] : "return");
}
