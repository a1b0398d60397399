"""libtbprof.so as `tbprof run` names it, through ctypes; tbprof.h says what each function does.

Outside of `tbprof run` there is no library: every function is then one that does nothing. Functions
that never wait keep the interpreter's lock, which is half the cost of a call; those that may wait
give it up. Any thread.
"""

import os
import sys

RECORDED = 0
NOT_RECORDING = 1
CATEGORIES = {
    "other": 0,
    "input": 2,
    "forward": 3,
    "backward": 4,
    "optimizer": 5,
    "communication": 6,
    "checkpoint": 7,
}
MAX_NAMES = 1000  # of those that come from the program; the library holds 32,768


def _nothing(*_):
    return NOT_RECORDING


class _Absent:
    """What is called where nothing records."""

    recording = False
    is_recording = flush = name_thread = staticmethod(lambda *_: 0)
    range_begin = range_end = step_begin = step_end = staticmethod(_nothing)
    counter = instant = set_schedule = staticmethod(_nothing)

    @staticmethod
    def name(text, category="other"):
        _number_of(category)
        return None


class _Loaded:
    recording = True

    def __init__(self, path):
        import ctypes

        quick = ctypes.PyDLL(path)
        waiting = ctypes.CDLL(path)
        self._handle = ctypes.c_uint32
        self._name = quick.tbprof_name
        self._name.argtypes = [ctypes.c_char_p, ctypes.c_int]
        self._name.restype = ctypes.c_uint32
        self._names = {}
        self.is_recording = quick.tbprof_is_recording
        # Names are handed over as they are kept: converting a number at each call costs 100 ns.
        self.range_begin = quick.tbprof_range_begin_named
        self.range_end = quick.tbprof_range_end
        self.step_begin = quick.tbprof_step_begin
        self.step_begin.argtypes = [ctypes.c_int64]
        self.step_end = quick.tbprof_step_end
        self.counter = quick.tbprof_counter_named
        self.counter.argtypes = [ctypes.c_uint32, ctypes.c_double]
        self.instant = quick.tbprof_instant_named
        self._name_thread = quick.tbprof_name_thread
        self._name_thread.argtypes = [ctypes.c_char_p]
        self.flush = waiting.tbprof_flush
        self._schedule = ctypes.c_int64 * 5
        self._set_schedule = waiting.tbprof_set_schedule

    def name(self, text, category="other"):
        """A handle for the functions above, the same for the same text and category."""
        key = text, category
        handle = self._names.get(key)
        if handle is None:
            number = _number_of(category)
            handle = self._handle(self._name(text.encode("utf-8", "replace"), number))
            if len(self._names) < MAX_NAMES:
                self._names[key] = handle
        return handle

    def set_schedule(self, wait, warmup, active, repeat, skip_first):
        return self._set_schedule(self._schedule(wait, warmup, active, repeat, skip_first))

    def name_thread(self, text):
        return self._name_thread(text.encode("utf-8", "replace"))


def _number_of(category):
    number = CATEGORIES.get(category)
    if number is None:
        raise ValueError(f"{category!r} is no category; there are {', '.join(CATEGORIES)}")
    return number


def say(text):
    """One line for the user, unless they want none."""
    if os.environ.get("TBPROF_QUIET") != "1" and sys.stderr is not None:
        text = text.replace("\n", " ")
        sys.stderr.write(f"tbprof: {text}\n")


def _flush_at_end_of_worker():
    """A forked child of multiprocessing leaves by os._exit, past the library's end; but it runs what
    is registered with multiprocessing in the child itself."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(library, lambda own: util.Finalize(None, own.flush, (2000,),
                                                                    exitpriority=-1000))


def _load():
    path = os.environ.get("TBPROF_LIBRARY")
    if not path or not os.environ.get("TBPROF_LOGDIR"):
        return _Absent()
    try:
        loaded = _Loaded(path)
    except (ImportError, OSError, AttributeError):
        return _Absent()  # another machine's or another version's; the program goes on
    os.register_at_fork(after_in_child=_flush_at_end_of_worker)
    return loaded


library = _load()
