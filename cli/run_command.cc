#include "cli/run_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "cli/child_process.h"
#include "cli/exit_status.h"
#include "cli/gpu_flags.h"
#include "cli/recorder_environment.h"
#include "cli/recording_report.h"
#include "cli/run_schedule.h"
#include "cli/sampling.h"
#include "sampler/sampler.h"

namespace tbprof::cli {
namespace {

struct RunFlags {
  RecordingRequest recording;
  ScheduleFlags schedule;
  GpuFlags gpu;
  std::optional<int> sample_rate_hz;  // not given: kSampleRateHz, but none where nothing is said
  std::vector<std::string> program;   // stays empty: for the help text
};

constexpr int kSampleRateHz = 200;

constexpr const char* kHelp =
    "Examples:\n"
    "  tbprof run -- ./train --steps 100\n"
    "  tbprof run --logdir /scratch/runs --name lr_0.1 -- python3 train.py --lr 0.1\n"
    "  tbprof run --steps 10-14 -- ./train           five steps, and the times of all others\n"
    "  tbprof run --on-demand -- ./train             nothing until `tbprof capture` asks\n"
    "  tbprof run --steps 10-14 --metrics default -- ./train     and what its GPU was busy with\n"
    "  tbprof run --step-pattern 'batch #|iter_#' -- ./app     ranges `batch 7`, `iter_7` are "
    "steps\n"
    "\n"
    "The program's output, exit status and signals are as without tbprof. What is seen of it:\n"
    "  C++     #include <tbprof.hpp>: tbprof::Step step(i); tbprof::Range range(\"forward\");\n"
    "  NVTX    every range of a program or library that uses NVTX 3; `step 12` counts as a step\n"
    "  Python  PyTorch's steps, phases and operators; more by `import tbprof`\n"
    "  CUDA    kernels, copies and API calls, where there is a GPU\n"
    "  Threads state, CPU time and Python stacks, 200 times a second: tbprof analyze --view "
    "samples\n"
    "Recordings lie in LOGDIR/NAME/plugins/profile/; a program that is killed keeps all but its\n"
    "last quarter of a second. Signals reach the program; SIGKILL of `tbprof run` stops it too.";

void add_flags(CLI::App& parser, RunFlags& flags) {
  parser.add_option("--logdir", flags.recording.logdir, "Folder that holds all recordings")
      ->type_name("DIR")
      ->capture_default_str();
  parser
      .add_option("--name", flags.recording.name,
                  "Name of this run (default: the program's name and the time)")
      ->type_name("NAME");
  parser
      .add_option("--session", flags.recording.session,
                  "Folder of the run that all who name it share, such as the nodes of a job "
                  "(default: what torchrun, MPI or Slurm name the job, else the time)")
      ->type_name("NAME");
  parser
      .add_option(
          "--step-pattern", flags.recording.step_pattern,
          "Names of ranges that are steps: alternatives divided by |, # stands for the number")
      ->type_name("P");
  parser
      .add_option(
          "--sample-rate", flags.sample_rate_hz,
          "Looks a second at every thread, from outside: its state and Python stack; 0: none "
          "(default: 200; with --quiet none)")
      ->type_name("HZ")
      ->check(CLI::Range(0, sampler::Sampler::kMaxRateHz));
  parser
      .add_option("--operators", flags.recording.operators,
                  "PyTorch's operators as ranges (default: on where PyTorch is built with CUDA)")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}).description(""));
  parser.add_flag("--quiet", flags.recording.quiet, "Print nothing afterwards");
  add_schedule_flags(parser, flags.schedule);
  add_gpu_flags(parser, flags.gpu);
}

int exec_failure(const std::string& program, int failure) {
  const bool missing = failure == ENOENT || failure == ENOTDIR;
  const bool bare = program.find('/') == std::string::npos;
  std::fprintf(
      stderr, "tbprof run: cannot start %s: %s%s.\n", program.c_str(), std::strerror(failure),
      missing && bare ? "; it is in no folder of PATH, so give its path, such as ./train" : "");
  return missing ? kExitNotFound : kExitNotExecutable;
}

int failure(const proto::Error& error, int status = kExitNotStarted) {
  std::fprintf(stderr, "tbprof run: %s.\n", error.message.c_str());
  return status;
}

int run(RunFlags& flags, const std::vector<std::string>& program) {
  if (program.empty()) {
    std::fputs(
        "tbprof run: no program was named; write it behind the flags, as in "
        "`tbprof run -- ./train --steps 100`.\n",
        stderr);
    return kExitUsage;
  }
  const auto pattern = check_step_pattern(flags.recording.step_pattern);
  if (!pattern.ok()) return failure(pattern.error(), kExitUsage);
  auto schedule = schedule_text(flags.schedule);
  if (!schedule.ok()) return failure(schedule.error(), kExitUsage);
  flags.recording.schedule = schedule.take();
  const auto gpu = gpu_environment(flags.gpu);
  if (!gpu.ok()) return failure(gpu.error(), kExitUsage);
  auto place = choose_place(flags.recording, program[0]);
  if (!place.ok()) return failure(place.error());
  const auto library = find_library();
  if (!library.ok()) {
    remove_if_empty(place.value());
    return failure(library.error());
  }
  Environment environment = recorder_environment(flags.recording, place.value(), library.value());
  environment.insert(environment.end(), gpu.value().begin(), gpu.value().end());

  // With nothing to look at and nothing to say afterwards there is no need to stay.
  const int rate_hz = flags.sample_rate_hz.value_or(flags.recording.quiet ? 0 : kSampleRateHz);
  if (flags.recording.quiet && rate_hz == 0) {
    const int failure = become_program(program, environment);
    remove_if_empty(place.value());
    return exec_failure(program[0], failure);
  }

  std::unique_ptr<sampler::Sampler> sampler;
  const auto look_on = [&](pid_t pid) {
    if (rate_hz == 0) return;
    sampler = make_sampler(place.value(), rate_hz);
    const auto started = sampler->start(pid);
    if (!started.ok()) failure(started.error());
  };
  auto end = run_program(program, environment, look_on);
  sampler.reset();  // what it has seen is written
  if (end.ok() && end.value().exec_errno == 0 && !flags.recording.quiet) {
    std::fputs(
        describe_recording(place.value(), flags.recording.logdir, program[0], end.value()).c_str(),
        stderr);
    std::fflush(stderr);
  }
  remove_if_empty(place.value());
  if (!end.ok()) return failure(end.error());
  if (end.value().exec_errno != 0) return exec_failure(program[0], end.value().exec_errno);
  end_like(end.value());
}

}  // namespace

CLI::App* add_run_command(CLI::App& app, const std::vector<std::string>& program,
                          int& exit_status) {
  CLI::App* parser = app.add_subcommand("run", "Record a program");
  auto flags = std::make_shared<RunFlags>();
  add_flags(*parser, *flags);
  parser->add_option("PROGRAM", flags->program, "The program and its arguments, best behind --");
  parser->footer(kHelp);
  parser->callback([flags, &program, &exit_status] { exit_status = run(*flags, program); });
  return parser;
}

RunArguments split_run_arguments(const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] != "run") return {arguments, {}};
  CLI::App flags_only;
  RunFlags flags;
  add_flags(flags_only, flags);
  std::size_t at = 1;
  while (at < arguments.size()) {
    const std::string& word = arguments[at];
    if (word.size() < 2 || word[0] != '-' || word == "--") break;
    const CLI::Option* option = flags_only.get_option_no_throw(word);
    const bool takes_next = option != nullptr && option->get_items_expected_min() > 0;
    at += takes_next ? 2 : 1;
  }
  at = std::min(at, arguments.size());
  const auto cut = arguments.begin() + static_cast<std::ptrdiff_t>(at);
  RunArguments split{{arguments.begin(), cut}, {cut, arguments.end()}};
  if (!split.program.empty() && split.program[0] == "--") {
    split.program.erase(split.program.begin());
  }
  return split;
}

}  // namespace tbprof::cli
