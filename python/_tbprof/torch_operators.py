"""PyTorch's operators as ranges: torch itself marks them in NVTX, which the recorder hears, while this
switches that on. It is on by thread, from one of the marks of torch_marks.py to the first one after
the recording's window; the program's own profilers, of which torch lets a thread have one, come first.
Any thread.
"""

import atexit
import functools
import os
import threading

from _tbprof.library import NOT_RECORDING, RECORDED, library


class Unavailable(Exception):
    """Why this torch cannot do it."""


class OperatorsOfThread(threading.local):
    # In the thread's own __dict__, which marks look up once and not each of its values.
    def __init__(self):
        self.status = NOT_RECORDING  # what a range's beginning said last; RECORDED: they are on
        self.keeper = None


class Operators:
    def __init__(self, torch, thread):
        """Raises Unavailable. `thread` is an OperatorsOfThread."""
        if torch.version.cuda is None:
            raise Unavailable("this PyTorch is built without CUDA, and so without NVTX")
        if os.environ.get("NVTX_INJECTION64_PATH") != os.environ.get("TBPROF_LIBRARY"):
            raise Unavailable("NVTX_INJECTION64_PATH names another tool")
        try:
            from torch._C import _autograd
            from torch._C._profiler import (ProfilerConfig, ProfilerState, RecordScope,
                                            _ExperimentalConfig)

            no = False  # shapes, memory, stacks, FLOPs, modules
            self._config = ProfilerConfig(ProfilerState.NVTX, no, no, no, no, no,
                                          _ExperimentalConfig())
            # Not the program's own record_function, which may be around the window's end: torch
            # complains at the end of a scope within which it was switched off.
            self._scopes = {RecordScope.FUNCTION, RecordScope.BACKWARD_FUNCTION}
            self._enable = _autograd._enable_profiler
            self._disable = _autograd._disable_profiler
            self._is_taken = _autograd._profiler_enabled
        except (AttributeError, ImportError, TypeError) as error:
            raise Unavailable(f"torch {torch.__version__} is unknown: {error}") from None
        self._thread = thread
        self._is_over = False
        self._give_way_to_profilers(torch)
        atexit.register(self._end)
        os.register_at_fork(after_in_child=self.switch_off)

    def follow(self, status):
        """The beginning of a range of this thread said something else than the one before."""
        if status == RECORDED:
            self._switch_on()
        elif status == NOT_RECORDING:
            self.switch_off()

    def step_ended(self):
        if self._thread.status == RECORDED and not library.is_recording():
            self.switch_off()

    def switch_off(self):
        thread = self._thread
        if thread.status == RECORDED:
            thread.status = NOT_RECORDING
            thread.keeper.is_on = False
            self._disable()

    def _switch_on(self):
        thread = self._thread
        if self._is_over or self._is_taken():
            return
        try:
            self._enable(self._config, set(), self._scopes)
        except Exception:  # not this torch, after all: the program goes on
            self._is_over = True
            return
        if thread.keeper is None:
            thread.keeper = _Keeper(self._disable)
        thread.keeper.is_on = True
        thread.status = RECORDED

    def _end(self):
        self._is_over = True
        self.switch_off()

    def _give_way_to_profilers(self, torch):
        autograd = torch.autograd
        for module in (autograd, autograd.profiler, getattr(autograd, "profiler_legacy", None)):
            for name in ("_enable_profiler", "_enable_profiler_legacy"):
                if hasattr(module, name):
                    setattr(module, name, self._after_ours(getattr(module, name)))

    def _after_ours(self, enable):
        @functools.wraps(enable)
        def enable_after_ours(*args, **kwargs):
            self.switch_off()
            return enable(*args, **kwargs)

        return enable_after_ours


class _Keeper:
    """Goes with its thread: torch complains of one that ends while it is switched on."""

    def __init__(self, disable):
        self.is_on = False
        self._disable = disable
        self._thread = threading.get_ident()

    def __del__(self):
        # Those of other threads go in a forked child too.
        if self.is_on and threading.get_ident() == self._thread:
            self._disable()
