// Tells whether a signal that we got was sent to our whole process group, and so has reached the
// program already, or to us alone. A forked process that blocks every signal and sleeps is the
// witness: what was sent to the group is pending there too. Owns that process. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tbprof::cli {

class GroupWitness {
 public:
  // Expects that the caller blocks all signals it wants to ask about.
  GroupWitness();
  ~GroupWitness();
  GroupWitness(const GroupWitness&) = delete;
  GroupWitness& operator=(const GroupWitness&) = delete;

  // False if it cannot be told. A signal that was seen is told once.
  bool saw(int signal);

 private:
  void start();
  void stop();
  std::uint64_t pending() const;  // signals, as bits

  pid_t pid_ = -1;
  std::uint64_t seen_ = 0;  // bit n - 1: signal n
};

}  // namespace tbprof::cli
