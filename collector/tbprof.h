/* What a program says about itself while it is recorded: steps, ranges, counters, instants.
 *
 * Recording needs no call: under `tbprof run`, or with TBPROF_LOGDIR set, it begins with the first
 * event. When nothing is recorded, a call costs a few nanoseconds and does nothing.
 * Any thread, at any time, also in a forked child, which then records into a file of its own. No
 * function throws, blocks on the disk (but for start, stop and flush, which say so) or writes to
 * stdout. Texts are copied; they are UTF-8 and are cut after TBPROF_MAX_NAME_BYTES.
 */
#ifndef TBPROF_H_
#define TBPROF_H_

#include <stdint.h>

#define TBPROF_VERSION_MAJOR 0
#define TBPROF_VERSION_MINOR 1

#define TBPROF_MAX_NAME_BYTES 1023

#if defined(__GNUC__)
#define TBPROF_API __attribute__((visibility("default")))
#else
#define TBPROF_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What functions return. Zero and above: nothing is wrong. */
typedef enum tbprof_status {
  TBPROF_OK = 0,            /* done */
  TBPROF_NOT_RECORDING = 1, /* nothing is recorded now, so nothing was done */
  TBPROF_LOST = 2,          /* no room in a buffer; the trace says how many were lost and when */
  TBPROF_BAD_ARGUMENT = -1, /* a null text, an unknown category, an end without a begin */
  TBPROF_IO_ERROR = -2,     /* the trace file could not be created */
  TBPROF_TIMED_OUT = -3     /* the disk took longer than was allowed */
} tbprof_status;

/* What a range is about; dashboards sum and colour by it. */
typedef enum tbprof_category {
  TBPROF_OTHER = 0,
  TBPROF_INPUT = 2, /* loading and preparing data, waiting for it */
  TBPROF_FORWARD = 3,
  TBPROF_BACKWARD = 4,
  TBPROF_OPTIMIZER = 5,
  TBPROF_COMMUNICATION = 6, /* with other processes or machines */
  TBPROF_CHECKPOINT = 7
} tbprof_category;

/* A name that was given once, for the quickest events. 0 is the empty name. */
typedef uint32_t tbprof_name_t;

/* The library's version, for example "0.1.0". Never null; valid for ever. */
TBPROF_API const char* tbprof_version(void);

/* 1 while events are recorded, else 0, also between windows. Begins no recording. */
TBPROF_API int tbprof_is_recording(void);

/* Begins recording into <logdir>/<run>/plugins/profile/<session>/. `run` may be null or empty.
 * Optional: recording also begins by itself where the environment asks for it, and what the
 * environment says (TBPROF_LOGDIR, TBPROF_RUN, TBPROF_ENABLE=0) wins over the arguments.
 * Waits, at most 5 s, until the file is there. TBPROF_OK also if recording was on already. */
TBPROF_API int tbprof_start(const char* logdir, const char* run);

/* Writes all that was recorded and ends the file, waiting at most 2 s for the disk. Optional: the
 * end of the program does the same. After it only tbprof_start begins a recording, in a new file.
 */
TBPROF_API int tbprof_stop(void);

/* Returns once all events of before the call are in the file, or after timeout_ms. A program that
 * is about to leave by _exit() may want it; otherwise at most 200 ms of events are missing then. */
TBPROF_API int tbprof_flush(int timeout_ms);

/* When to record: windows of `active` steps. `skip_first` steps are left out, then each turn is
 * `wait` steps of which only the times are kept, `warmup` steps in which the recording of the GPU
 * is on already, and `active` steps that are recorded; `repeat` turns, 0 for ever. */
typedef struct tbprof_schedule {
  int64_t wait;
  int64_t warmup;
  int64_t active;
  int64_t repeat;
  int64_t skip_first;
} tbprof_schedule;

/* Chooses windows, best before the first event; without it everything is recorded. What the
 * environment says (TBPROF_SCHEDULE, the flags of `tbprof run`) wins. Of several before a step the
 * last one holds. TBPROF_BAD_ARGUMENT for `active` below 1, a number below 0, one above 10^12, or
 * once a step has followed an earlier schedule of the recording, which stays. */
TBPROF_API int tbprof_set_schedule(const tbprof_schedule* schedule);

/* Opens a window, and closes the one that was opened so, where windows are on demand (`tbprof run
 * --on-demand`) or between those of a schedule. `label` may be null. TBPROF_BAD_ARGUMENT if one is
 * open already, or none. Where there are no windows, everything is recorded and nothing is done. */
TBPROF_API int tbprof_window_begin(const char* label);
TBPROF_API int tbprof_window_end(void);

/* Gives a text and category a handle for the *_named functions. The same text and category give the
 * same handle; it stays valid for the life of the process and in forked children. Needs no
 * recording. 0 if 32,768 names were given already or memory is short. */
TBPROF_API tbprof_name_t tbprof_name(const char* text, tbprof_category category);

/* Begins a range on this thread. Ranges of a thread nest; end the innermost by tbprof_range_end. */
TBPROF_API int tbprof_range_begin(const char* name, tbprof_category category);
TBPROF_API int tbprof_range_begin_named(tbprof_name_t name);
/* Ends the innermost open range of this thread. */
TBPROF_API int tbprof_range_end(void);

/* Begins a numbered step of the program: one turn of its training loop. Steps are what times are
 * compared by. A step is also a range, named "step". */
TBPROF_API int tbprof_step_begin(int64_t number);
/* The same with a name of its own, for example "evaluation step". */
TBPROF_API int tbprof_step_begin_named(tbprof_name_t name, int64_t number);
/* Ends this thread's step and ranges still open in it. */
TBPROF_API int tbprof_step_end(void);

/* A value that changes over time, for example the loss or the length of a queue. */
TBPROF_API int tbprof_counter(const char* name, double value);
TBPROF_API int tbprof_counter_named(tbprof_name_t name, double value);

/* Something that happened at this moment on this thread. */
TBPROF_API int tbprof_instant(const char* name, tbprof_category category);
TBPROF_API int tbprof_instant_named(tbprof_name_t name);

/* Names this thread in the trace. Without it the system's name of the thread is taken. */
TBPROF_API int tbprof_name_thread(const char* name);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* TBPROF_H_ */
