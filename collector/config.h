// What the environment asks of the recording; environment.h says what each variable means.
// config.cc is the only place of the library that reads the environment. Fixed sizes, because it is
// filled on a user's thread, where nothing is allocated. Written before the writer thread starts,
// read-only afterwards.
#pragma once

#include <cstddef>

#include "collector/schedule.h"

namespace tbprof::collector {

struct Config {
  bool enabled = false;  // false: TBPROF_ENABLE=0, or a process with raised privileges
  bool quiet = false;
  char logdir[3072] = {};        // empty: recording begins by tbprof_start only
  bool logdir_is_fixed = false;  // by the environment: tbprof_start's arguments are not taken
  char run[512] = {};
  char session[256] = {};  // empty: not chosen yet, and no launcher gives the job a name
  char step_pattern[1024] = {};
  std::size_t ring_bytes = std::size_t{1} << 20;
  std::size_t ring_total_bytes = std::size_t{64} << 20;
  Schedule schedule;
  bool schedule_is_fixed = false;          // by the environment: the program's is not taken
  const char* schedule_problem = nullptr;  // why the schedule that was asked for is not taken
  int rank = -1;
  int world_size = -1;
  int local_rank = -1;
};

// Overwrites `config` with what the environment says now.
void read_environment(Config& config);

// Copies a text into a field of fixed size; false (and the field empty) if it is too long.
bool copy_text(char* field, std::size_t field_bytes, const char* text);

}  // namespace tbprof::collector
