#include "options.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace tbprof::samples::train {
namespace {

constexpr const char* kHelp =
    "Trains a small classifier of generated images.\n"
    "\n"
    "  --steps N             how many steps (300)\n"
    "  --batch N             images in a batch (256)\n"
    "  --slow-every N        every Nth batch takes long to make, 0: none (40)\n"
    "  --checkpoint-every N  steps between checkpoints, 0: none (100)\n"
    "  --checkpoint FILE     where (in the folder for temporary files)\n"
    "  --evaluate-every N    steps between evaluations, 0: only at the end (100)\n"
    "  --device NAME         auto, cpu or cuda (auto)\n"
    "  --seed N              of images and weights (1)\n"
    "  --step-log FILE       its own step times, a line a step:\n"
    "                        step NUMBER DURATION_NS END_NS DURATION_INSIDE_NS\n"
    "\n"
    "Record it with: tbprof run -- train\n";

[[noreturn]] void refuse(const char* flag, const char* why) {
  std::fprintf(stderr, "train: %s %s; `train --help` lists the flags.\n", flag, why);
  std::exit(2);
}

int whole_number(const char* flag, const char* text, int low) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < low || value > 1'000'000'000) {
    refuse(flag, "takes a whole number that is not below its minimum");
  }
  return static_cast<int>(value);
}

}  // namespace

Options read_options(int count, char** arguments) {
  Options options;
  options.checkpoint = (std::filesystem::temp_directory_path() / "train.checkpoint").string();
  for (int at = 1; at < count; ++at) {
    const char* flag = arguments[at];
    const auto is = [flag](const char* name) { return std::strcmp(flag, name) == 0; };
    if (is("--help")) {
      std::fputs(kHelp, stdout);
      std::exit(0);
    }
    const char* value = at + 1 < count ? arguments[++at] : nullptr;
    if (value == nullptr) refuse(flag, "lacks its value, or is unknown");
    if (is("--steps")) {
      options.steps = whole_number(flag, value, 1);
    } else if (is("--batch")) {
      options.batch = whole_number(flag, value, 1);
    } else if (is("--slow-every")) {
      options.slow_every = whole_number(flag, value, 0);
    } else if (is("--checkpoint-every")) {
      options.checkpoint_every = whole_number(flag, value, 0);
    } else if (is("--evaluate-every")) {
      options.evaluate_every = whole_number(flag, value, 0);
    } else if (is("--seed")) {
      options.seed = static_cast<unsigned>(whole_number(flag, value, 0));
    } else if (is("--device")) {
      options.device = value;
    } else if (is("--checkpoint")) {
      options.checkpoint = value;
    } else if (is("--step-log")) {
      options.step_log = value;
    } else {
      refuse(flag, "is unknown");
    }
  }
  return options;
}

}  // namespace tbprof::samples::train
