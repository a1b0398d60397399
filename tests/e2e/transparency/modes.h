// What the transparency probe can do, each behaviour under a name: by theme, a table each.
// Functions only; each is called once, from the main thread.
#pragma once

#include <span>

namespace tbprof::tests {

struct Mode {
  const char* name;
  int (*run)();  // its result is the exit status
};

std::span<const Mode> ending_modes();
std::span<const Mode> process_modes();
std::span<const Mode> thread_modes();
std::span<const Mode> stream_modes();
std::span<const Mode> limit_modes();

// Prints a line at once.
void say(const char* line);
void sleep_ms(long ms);

}  // namespace tbprof::tests
