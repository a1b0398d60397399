// A process ends with its last thread. Where a program's main thread ends by itself (pthread_exit,
// or a forbidden system call that kills only it), the recorder's own threads must not keep the
// process alive: the writer looks whether anyone else is left. The writer thread.
#pragma once

namespace tbprof::collector {

// Nothing is left of the program: its main thread has ended, and all others are the recorder's.
bool is_program_gone();

// Ends the process as it would have ended without the recorder. REQUIRES: is_program_gone().
[[noreturn]] void end_like_the_program();

}  // namespace tbprof::collector
