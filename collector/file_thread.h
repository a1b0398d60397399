// The thread of the recorder that opens files, in a table of descriptors of its own: the program
// finds none of ours among its numbers, closes none of ours, counts none of ours towards its limit,
// and passes none on by fork or exec; we close none of its. Where the kernel does not give a thread
// such a table (before Linux 5.9, some sandboxes), files are opened among the program's, as
// carefully as can be. A thread that is created on this one shares its table.
#pragma once

namespace tbprof::collector {

// By the writer thread, when a recording begins; 0, or errno: then, too, run_on_file_thread works.
int start_file_thread();
// By the writer thread, when all files are closed.
void stop_file_thread();
using FileWork = void (*)(void* argument);
// By the writer thread: does the work there, and waits for its end. Not from within such work.
void run_on_file_thread(FileWork work, void* argument);

// Whether files of the recorder are apart from the program's. Async-signal-safe.
bool has_own_descriptors();
// In a forked child, where the thread does not exist. Async-signal-safe.
void forget_file_thread();

// By the writer thread.
template <typename Work>
void with_files(Work work) {
  run_on_file_thread([](void* argument) { (*static_cast<Work*>(argument))(); }, &work);
}

}  // namespace tbprof::collector
