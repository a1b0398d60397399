"""Marks for tbprof: steps, ranges, counters and instants of a Python program.

    import tbprof

    for batch in loader:
        with tbprof.step():
            with tbprof.range("forward", "forward"):
                loss = model(batch)
            tbprof.counter("loss", loss.item())

Under `tbprof run` they are recorded; everywhere else they do nothing. PyTorch programs need none:
their steps and phases are marked by themselves, until the program marks a step of its own. A step or
range begins and ends on one thread; ranges nest, so none may reach over an `await` or a `yield`.
Any thread.
"""

import functools as _functools
import inspect as _inspect
import itertools as _itertools

from _tbprof.library import library as _library
from _tbprof.train_steps import (leave_to_program as _leave_to_program,
                                 program_step_ended as _program_step_ended)

_numbers = _itertools.count()
_MOST_STEPS = 10**12  # as tbprof.h says of a schedule

__all__ = ["step", "range", "schedule", "counter", "instant", "name_thread", "flush",
           "is_recording"]


class _Mark:
    """What can stand behind `with` and as a decorator. Can be used again and within itself."""

    __slots__ = ()

    def __call__(self, function):
        if (_inspect.iscoroutinefunction(function) or _inspect.isgeneratorfunction(function)
                or _inspect.isasyncgenfunction(function)):
            raise TypeError(f"tbprof cannot mark {function.__qualname__}, which lets others run "
                            "before it ends; mark the parts between its awaits or yields")

        if not _library.recording:
            return function

        @_functools.wraps(function)
        def marked(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return marked


class range(_Mark):
    """A stretch of this thread's time. Category: other, input, forward, backward, optimizer,
    communication or checkpoint; figures are summed by it."""

    __slots__ = ("_handle",)

    def __init__(self, name, category="other"):
        self._handle = _library.name(name, category)

    def __enter__(self):
        _library.range_begin(self._handle)
        return self

    def __exit__(self, *_):
        _library.range_end()


class step(_Mark):
    """One turn of the training loop, numbered from 0 where no number is given."""

    __slots__ = ("_number",)

    def __init__(self, number=None):
        self._number = number
        _leave_to_program()

    def __enter__(self):
        number = next(_numbers) if self._number is None else self._number
        _library.step_begin(number)
        return self

    def __exit__(self, *_):
        _library.step_end()
        _program_step_ended()


def schedule(wait=0, warmup=1, active=1, repeat=0, skip_first=0):
    """Records chosen steps only: of each turn, `wait` steps are passed over, `warmup` steps set the
    recording of the GPU going, and `active` steps are recorded; `repeat` turns, 0 for ever. Best
    called before the first step. What `tbprof run` was told wins over it."""
    numbers = wait, warmup, active, repeat, skip_first
    if min(numbers) < 0 or active < 1 or max(numbers) > _MOST_STEPS:
        raise ValueError("a schedule has one active step at least, and no number below 0 or above 10^12")
    _library.set_schedule(*numbers)


def counter(name, value):
    """A value that changes over time, such as the loss."""
    _library.counter(_library.name(name), value)


def instant(name, category="other"):
    """Something that happened at this moment on this thread."""
    _library.instant(_library.name(name, category))


def name_thread(name):
    """Names this thread in the recording."""
    _library.name_thread(name)


def flush(timeout_ms=2000):
    """Waits until what was recorded is in the file; for programs that leave by os._exit."""
    _library.flush(timeout_ms)


def is_recording():
    return bool(_library.is_recording())

