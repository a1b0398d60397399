"""Marks in PyTorch: what is called at each step says so to the recorder. torch 1.13 to 2.x.

The functions below stand for torch's own and call them; they change neither arguments, results nor
exceptions, only a traceback has one more line for each of them.
"""

import functools
import os

from _tbprof.library import library, say
from _tbprof.torch_operators import Operators, OperatorsOfThread, Unavailable
from _tbprof.train_steps import TrainSteps

steps = None
operators = None  # None: not marked


class _Thread(OperatorsOfThread):
    def __init__(self):
        super().__init__()
        self.inside = False  # a forward or backward: what is called within is part of it


def install(torch):
    """REQUIRES: torch is imported as a whole."""
    global steps
    if not library.recording:
        return
    steps = TrainSteps(library, torch.is_grad_enabled, _worker_test())
    thread = _Thread()
    is_compiling = getattr(getattr(torch, "compiler", None), "is_compiling", None) or _never
    _mark_operators(torch, thread)
    missing = []
    for what, mark in [
        ("forward", lambda: _mark_forward(torch, thread, is_compiling)),
        ("backward", lambda: _mark_backward(torch, thread, is_compiling)),
        ("input", lambda: _mark_input(thread)),
        ("steps", lambda: _mark_optimizers(thread, is_compiling)),
        ("skipped steps", lambda: _mark_scaler()),
        ("checkpoints", lambda: _mark_checkpoints(torch)),
    ]:
        try:
            mark()
        except (AttributeError, ImportError, TypeError) as error:  # another torch than is known
            missing.append(f"{what}: {error}")
    if missing:
        raise RuntimeError(f"torch {torch.__version__} is unknown, {'; '.join(missing)}")


def _never():
    return False


def _parameters(function):
    code = function.__code__
    return (code.co_varnames[:code.co_argcount + code.co_kwonlyargcount], code.co_flags & 0xc,
            function.__defaults__, function.__kwdefaults__)


def _worker_test():
    try:
        from torch.utils.data import get_worker_info
    except ImportError:
        return _never
    return lambda: get_worker_info() is not None


def _mark_operators(torch, thread):
    global operators
    wish = os.environ.get("TBPROF_OPERATORS")
    if wish == "off":
        return
    try:
        operators = steps.operators = Operators(torch, thread)
    except Unavailable as error:
        if wish == "on":
            say(f"no operators of PyTorch are recorded: {error}")


def _mark_forward(torch, thread, is_compiling):
    """The outermost module of a call, under its class's name."""
    module = torch.nn.Module
    call = module.__call__
    begin, end, name = library.range_begin, library.range_end, library.name
    handles = {}

    @functools.wraps(call)
    def __call__(self, *args, **kwargs):
        # A compiler that reads this must find torch's own call and nothing else.
        if is_compiling():
            return call(self, *args, **kwargs)
        own = thread.__dict__
        if own["inside"]:
            return call(self, *args, **kwargs)
        if steps.between:
            steps.work_begins()
        text = type(self).__name__
        handle = handles.get(text)
        if handle is None:
            handle = name(text + ".forward", "forward")
            if len(handles) < 1000:
                handles[text] = handle
        own["inside"] = True
        status = begin(handle)
        if status != own["status"] and operators is not None:
            operators.follow(status)
        try:
            return call(self, *args, **kwargs)
        finally:
            end()
            own["inside"] = False

    module.__call__ = __call__


def _mark_backward(torch, thread, is_compiling):
    backward = torch.autograd.backward
    begin, end = library.range_begin, library.range_end
    handle = library.name("backward", "backward")

    # Its parameters one by one: packing and unpacking whatever comes costs a fifth of the mark.
    @functools.wraps(backward)
    def marked(tensors, grad_tensors=None, retain_graph=None, create_graph=False,
               grad_variables=None, inputs=None):
        if is_compiling():
            return backward(tensors, grad_tensors, retain_graph, create_graph, grad_variables,
                            inputs)
        own = thread.__dict__
        if own["inside"]:
            return backward(tensors, grad_tensors, retain_graph, create_graph, grad_variables,
                            inputs)
        if steps.between:
            steps.work_begins()
        own["inside"] = True
        status = begin(handle)
        if status != own["status"] and operators is not None:
            operators.follow(status)
        try:
            return backward(tensors, grad_tensors, retain_graph, create_graph, grad_variables,
                            inputs)
        finally:
            end()
            own["inside"] = False

    if _parameters(marked) != _parameters(backward):
        raise TypeError("it takes other arguments")
    torch.autograd.backward = marked
    # TorchScript knows its functions by identity.
    from torch.jit import _builtins

    _builtins._builtin_ops.append((marked, "aten::backward"))


def _mark_input(thread):
    """Waiting for the next batch."""
    from torch.utils.data import dataloader

    iterator = dataloader._BaseDataLoaderIter
    fetch = iterator.__next__
    map_style = dataloader._DatasetKind.Map
    begin, end = library.range_begin, library.range_end
    handle = library.name("DataLoader", "input")

    def is_exhausted(self):
        """As far as one can know beforehand: some samplers do not tell their length."""
        try:
            return (self._dataset_kind == map_style
                    and self._num_yielded >= len(self._index_sampler))
        except Exception:
            return False

    @functools.wraps(fetch)
    def __next__(self):
        if steps.between and not is_exhausted(self):
            steps.work_begins(is_input=True)
        is_end = False
        status = begin(handle)
        if status != thread.status and operators is not None:
            operators.follow(status)
        try:
            return fetch(self)
        except StopIteration:
            is_end = True
            raise
        finally:
            end()
            if is_end:
                steps.loader_ended()

    iterator.__next__ = __next__


def _mark_optimizers(thread, is_compiling):
    """torch replaces a class's step by one that profiles, when the first object is made; ours goes
    around that. (The hooks of torch 2 lie within it and miss what it costs.)"""
    from torch.optim.optimizer import Optimizer

    begin, end = library.range_begin, library.range_end
    attribute = "_patch_step_function"
    if not hasattr(Optimizer, attribute):
        attribute = "_hook_for_profile"  # before 2.0
    patch = getattr(Optimizer, attribute)

    @functools.wraps(patch)
    def patch_and_mark(self):
        patch(self)
        step = type(self).step
        if getattr(step, "marked_by_tbprof", False):
            return
        handle = library.name(type(self).__name__ + ".step", "optimizer")

        @functools.wraps(step)
        def marked(*args, **kwargs):
            if is_compiling():
                return step(*args, **kwargs)
            steps.optimizer_begins()
            status = begin(handle)
            if status != thread.__dict__["status"] and operators is not None:
                operators.follow(status)
            try:
                return step(*args, **kwargs)
            finally:
                end()
                steps.optimizer_stepped()

        marked.marked_by_tbprof = True
        type(self).step = marked

    setattr(Optimizer, attribute, patch_and_mark)


def _mark_scaler():
    """A scaler that found infinite gradients leaves the optimizer's step out; the turn is over."""
    from torch.cuda.amp import grad_scaler

    scaler = grad_scaler.GradScaler
    for base in scaler.__mro__:
        if "update" in vars(base):
            scaler = base
    update = scaler.update

    @functools.wraps(update)
    def marked(self, *args, **kwargs):
        try:
            return update(self, *args, **kwargs)
        finally:
            steps.optimizer_stepped()

    scaler.update = marked


def _mark_checkpoints(torch):
    save = torch.save
    begin, end = library.range_begin, library.range_end
    handle = library.name("torch.save", "checkpoint")

    @functools.wraps(save)
    def marked(*args, **kwargs):
        begin(handle)
        try:
            return save(*args, **kwargs)
        finally:
            end()

    torch.save = torch.serialization.save = marked
