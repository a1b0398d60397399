// Exit statuses that all commands of `tbprof` share. Immutable. Any thread.
#pragma once

namespace tbprof::cli {

inline constexpr int kExitFailure = 1;          // the command could not do what was asked
inline constexpr int kExitUsage = 2;            // a wrong flag or value
inline constexpr int kExitNotStarted = 125;     // `run` could not begin, as env(1) has it
inline constexpr int kExitNotExecutable = 126;  // the program cannot be executed, as a shell has it
inline constexpr int kExitNotFound = 127;       // there is no such program, as a shell has it

}  // namespace tbprof::cli
