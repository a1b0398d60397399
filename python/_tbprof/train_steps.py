"""Where one step of a training loop ends and the next begins.

A step ends when the next one's work begins, so that steps lie end to end and what waits for a step's
work (`loss.item()`) is part of it. Work begins with the next batch of a DataLoader; in loops without
one, with the next forward or backward. It begins no step before an optimizer has stepped, so that
micro-batches of accumulated gradients and the optimizers of one turn share a step. Work without
gradients (evaluation) begins none, nor does work of a DataLoader's worker. A loader's end ends the
step, so that what follows an epoch is part of none.

One thread trains: the main one, or else the first whose optimizer steps.
"""

import atexit
import os
import threading
from threading import get_ident


of_program = None  # the process's TrainSteps, once torch is marked
_left_to_program = False


def leave_to_program():
    """The program marks its steps itself."""
    global _left_to_program
    _left_to_program = True
    if of_program is not None:
        of_program.leave_to_program()


def program_step_ended():
    if of_program is not None and of_program.operators is not None:
        of_program.operators.step_ended()


class TrainSteps:
    operators = None  # torch_operators.Operators, which a window's end switches off

    def __init__(self, library, is_grad_enabled, is_worker):
        global of_program
        of_program = self
        self.library = library
        self.is_grad_enabled = is_grad_enabled
        self.is_worker = is_worker
        # Until the program marks a step itself, or names the ranges that are its steps.
        self.automatic = not _left_to_program and not os.environ.get("TBPROF_STEP_PATTERN")
        self.number = 0
        self.has_stepped_ever = False
        self.between = True  # work that comes now may begin a step
        self.open = False
        self.fed = False  # by a DataLoader
        self.thread = threading.main_thread().ident
        atexit.register(self.end_at_exit)
        os.register_at_fork(after_in_child=self.forget)

    def forget(self):
        """In a forked child, whose recording is another one."""
        self.open = self.fed = self.has_stepped_ever = False
        self.between = True
        self.number = 0
        self.thread = get_ident()

    def leave_to_program(self):
        if self.automatic:
            self.automatic = False
            self.end()

    def work_begins(self, is_input=False):
        """REQUIRES: between. (Callers look first: it is the hot path.)"""
        if not self.automatic or get_ident() != self.thread or not self.is_grad_enabled():
            return
        if self.open and self.fed and not is_input or self.is_worker():
            return
        self.end()
        self.fed = is_input
        self.begin()

    def begin(self):
        self.open = True
        self.between = False
        self.library.step_begin(self.number)
        self.number += 1

    def end(self):
        if self.open:
            self.open = False
            self.between = True
            self.library.step_end()
            if self.operators is not None:
                self.operators.step_ended()

    def optimizer_begins(self):
        thread = get_ident()
        if thread != self.thread and not self.has_stepped_ever:
            self.open = False  # that step stays without an end
            self.thread = thread
        if self.automatic and thread == self.thread and not self.open:
            self.begin()

    def optimizer_stepped(self):
        if get_ident() == self.thread:
            self.has_stepped_ever = True
            self.between = True

    def loader_ended(self):
        if self.between and self.open and get_ident() == self.thread:
            self.end()

    def end_at_exit(self):
        # A step that no optimizer has ended is not a whole one.
        if self.between and get_ident() == self.thread:
            self.end()
