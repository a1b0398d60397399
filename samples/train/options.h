// The flags of the sample. Values. One thread at a time.
#pragma once

#include <string>

namespace tbprof::samples::train {

struct Options {
  int steps = 300;
  int batch = 256;
  int slow_every = 40;         // every how manieth batch is slow to make; 0: none
  int checkpoint_every = 100;  // steps; 0: never
  int evaluate_every = 100;    // steps; 0: only at the end
  unsigned seed = 1;
  std::string device = "auto";  // auto, cpu or cuda
  std::string checkpoint;       // file
  std::string step_log;         // file, empty: none
};

// Prints help or a sentence about a wrong flag and ends the program in these cases.
Options read_options(int count, char** arguments);

}  // namespace tbprof::samples::train
