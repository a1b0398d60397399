#include "cli/capture_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "analyzer/shell_word.h"
#include "cli/capture_client.h"
#include "cli/capture_target.h"
#include "cli/exit_status.h"

namespace tbprof::cli {
namespace {

constexpr int kExitNotCaptured = 1;
constexpr double kDefaultSeconds = 3;

struct CaptureFlags {
  std::int64_t pid = 0;
  double duration_s = 0;
  std::int64_t steps = 0;
  std::int64_t timeout_s = 120;
  std::string name;
  bool list = false;
};

constexpr const char* kHelp =
    "Examples:\n"
    "  tbprof run --on-demand -- ./train     in one terminal, or in the batch job\n"
    "  tbprof capture 4711                   in another: the next 3 seconds\n"
    "  tbprof capture 4711 --steps 5         the next five steps\n"
    "  tbprof capture --list                 programs that can be captured\n"
    "\n"
    "PID is the program, or what started it (`tbprof run`, torchrun, a shell): then all processes\n"
    "below it that record are captured at once. Works for programs of the same user, also in\n"
    "containers, by the number that the process has here.";

int usage(const std::string& sentence) {
  std::fprintf(stderr, "tbprof capture: %s.\n", sentence.c_str());
  return kExitUsage;
}

std::string state_words(const CaptureTarget& target) {
  if (target.is_recorded_throughout) return "records all the time";
  switch (target.state) {
    case collector::WindowState::open:
      return "records now";
    case collector::WindowState::warm_up:
      return "is about to record";
    case collector::WindowState::ended:
      return "has ended its recording";
    case collector::WindowState::closed:
      break;
  }
  return "waits";
}

int list() {
  const std::vector<CaptureTarget> targets = list_targets();
  if (targets.empty()) {
    std::fputs(
        "tbprof capture: no program of yours runs under tbprof; start one with `tbprof run "
        "--on-demand -- PROGRAM`.\n",
        stderr);
    return kExitNotCaptured;
  }
  for (const CaptureTarget& target : targets) {
    std::printf("%7lld  %-22s %4u captured  %s\n", static_cast<long long>(target.pid),
                state_words(target).c_str(), target.windows, target.command.c_str());
  }
  return 0;
}

proto::Result<collector::CaptureRequest> request_of(const CaptureFlags& flags) {
  using proto::ErrorCode;
  collector::CaptureRequest request;
  if (flags.steps != 0 && flags.duration_s != 0) {
    return {ErrorCode::invalid_argument, "--steps and --duration both say how long; give one"};
  }
  if (flags.name.size() >= sizeof request.label) {
    return {ErrorCode::invalid_argument,
            fmt::format("--name takes at most {} bytes", sizeof request.label - 1)};
  }
  std::memcpy(request.label, flags.name.c_str(), flags.name.size() + 1);
  if (flags.steps < 0 || flags.steps > collector::kMostCaptureSteps) {
    return {ErrorCode::invalid_argument,
            fmt::format("--steps takes 1 to {}", collector::kMostCaptureSteps)};
  }
  request.steps = flags.steps;
  if (flags.steps > 0) return request;
  const double seconds = flags.duration_s != 0 ? flags.duration_s : kDefaultSeconds;
  if (!(seconds >= 0.001 && seconds * 1e9 <= static_cast<double>(collector::kMostCaptureNs))) {
    return {ErrorCode::invalid_argument, "--duration takes seconds, 0.001 to 86400"};
  }
  request.duration_ns = static_cast<std::int64_t>(seconds * 1e9);
  return request;
}

int tell(const std::vector<CaptureOutcome>& outcomes) {
  std::size_t done = 0;
  std::string folder;
  for (const CaptureOutcome& outcome : outcomes) {
    if (outcome.is_done) {
      ++done;
      folder = outcome.folder;
      continue;
    }
    std::fprintf(stderr, "tbprof capture: process %lld: %s.\n", static_cast<long long>(outcome.pid),
                 outcome.problem.c_str());
  }
  if (done == 0) return kExitNotCaptured;
  const std::string who = outcomes.size() == 1
                              ? fmt::format("process {}", outcomes[0].pid)
                              : fmt::format("{} of {} processes", done, outcomes.size());
  std::printf("tbprof: captured %s\n", who.c_str());
  if (!folder.empty()) {
    std::printf("tbprof: in %s\ntbprof: to see it: tbprof analyze %s\n", folder.c_str(),
                analyzer::shell_word(folder).c_str());
  }
  return done == outcomes.size() ? 0 : kExitNotCaptured;
}

int run(const CaptureFlags& flags) {
  if (flags.list) return list();
  if (flags.pid <= 0) return usage("no process was named; `tbprof capture --list` shows them");
  const auto request = request_of(flags);
  if (!request.ok()) return usage(request.error().message);
  auto targets = find_targets(flags.pid);
  if (!targets.ok()) {
    std::fprintf(stderr, "tbprof capture: %s.\n", targets.error().message.c_str());
    return kExitNotCaptured;
  }
  return tell(capture(targets.value(), request.value(), flags.timeout_s * 1000));
}

}  // namespace

CLI::App* add_capture_command(CLI::App& app, int& exit_status) {
  CLI::App* parser = app.add_subcommand("capture", "Record for a while in a running program");
  auto flags = std::make_shared<CaptureFlags>();
  parser->add_option("PID", flags->pid, "The program, or what started it")->type_name("");
  parser->add_option("--duration", flags->duration_s, "For so many seconds (default 3)")
      ->type_name("S");
  parser->add_option("--steps", flags->steps, "The next N steps")->type_name("N");
  parser->add_option("--name", flags->name, "What this capture is called in the recording")
      ->type_name("NAME");
  parser
      ->add_option("--timeout", flags->timeout_s,
                   "With --steps: seconds to wait for them before giving up")
      ->type_name("S")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  parser->add_flag("--list", flags->list, "List the programs that can be captured");
  parser->footer(kHelp);
  parser->callback([flags, &exit_status] { exit_status = run(*flags); });
  return parser;
}

}  // namespace tbprof::cli
