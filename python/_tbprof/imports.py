"""The imports that the start-up hook waits for: `torch`, which is marked once it is there, and
`tbprof`, which the program finds although no folder of sys.path holds it. Any thread.
"""

import sys
from _frozen_importlib_external import PathFinder


def find(own_finder, name, path, target):
    """The spec of torch or tbprof, as a finder gives it."""
    spec = _found_by_others(own_finder, name, path, target)
    if name == "torch":
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = _MarkingLoader(spec.loader)
        return spec
    # A mere folder of that name is no module.
    if spec is not None and spec.loader is not None and spec.origin is not None:
        return spec
    return PathFinder.find_spec(name, [own_finder.folder])


def _found_by_others(own_finder, name, path, target):
    for finder in list(sys.meta_path):
        find_spec = getattr(finder, "find_spec", None)
        if finder is own_finder or find_spec is None:
            continue
        spec = find_spec(name, path, target)
        if spec is not None:
            return spec
    return None


class _MarkingLoader:
    """Stands for torch's own loader until that has loaded torch."""

    def __init__(self, loader):
        self.loader = loader

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        _mark(module)


# Tracebacks leave frames of this file name out, as they do those of the import around it.
_MarkingLoader.exec_module.__code__ = _MarkingLoader.exec_module.__code__.replace(
    co_filename="<frozen importlib._bootstrap>")


def _mark(torch):
    try:
        from _tbprof.torch_marks import install

        install(torch)
    except Exception as error:  # ours, or another torch than is known: the program goes on
        from _tbprof.library import say

        say("not all steps and phases of PyTorch are marked by themselves "
            f"({type(error).__name__}: {error})")
