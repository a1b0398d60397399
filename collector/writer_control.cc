#include "collector/writer_control.h"

#include <errno.h>
#include <unistd.h>

#include "collector/futex.h"
#include "collector/recorder.h"

namespace tbprof::collector {

constinit WriterControl g_writer_control;

void set_writer_state(WriterState state) {
  g_writer_control.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
  futex_wake(g_writer_control.state);
}

// One system call and only when the writer sleeps; errno belongs to the caller.
void wake_writer() {
  if (g_writer_control.sleeping.load(std::memory_order_relaxed) == 0) return;
  if (g_writer_control.sleeping.exchange(0) == 0) return;
  const int caller_errno = errno;
  g_writer_control.wake.fetch_add(1);
  futex_wake(g_writer_control.wake);
  errno = caller_errno;
}

void park_writer() {
  g_generation.store(0);
  set_writer_state(WriterState::failed);
  while (true) pause();
}

}  // namespace tbprof::collector
