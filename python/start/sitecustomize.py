"""Python's start-up under `tbprof run`: what is there before the user's own sitecustomize.

The folder of this file stands first in PYTHONPATH. It takes itself out of sys.path, puts one finder
into sys.meta_path, which waits for `import torch` and `import tbprof`, and makes room for the
sitecustomize that Python would have found without it. Nothing is imported, and nothing but the
finder and PYTHONPATH can be seen by the program. Any Python, also 2.7, has to read this file.
"""

import sys


class TbprofFinder(object):
    """Marks torch once it is imported, and finds the modules of tbprof."""

    def __init__(self, folder):
        self.folder = folder  # of the packages tbprof and _tbprof

    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            return self.found_torch(self.found_by_others(name, path, target))
        if name == "tbprof":
            spec = self.found_by_others(name, path, target)
            # A mere folder of that name is no module.
            if spec is not None and spec.loader is not None and spec.origin is not None:
                return spec
        elif name != "_tbprof":
            return None
        from _frozen_importlib_external import PathFinder

        return PathFinder.find_spec(name, [self.folder])

    def found_by_others(self, name, path, target):
        for finder in list(sys.meta_path):
            find_spec = getattr(finder, "find_spec", None)
            if finder is self or find_spec is None:
                continue
            spec = find_spec(name, path, target)
            if spec is not None:
                return spec
        return None

    def found_torch(self, spec):
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = TbprofLoader(spec.loader)
        return spec


class TbprofLoader(object):
    """Stands for torch's own loader until it has loaded torch."""

    def __init__(self, loader):
        self.loader = loader

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        mark_torch(module)


def mark_torch(torch):
    try:
        from _tbprof.torch_marks import install

        install(torch)
    except Exception as error:  # of ours, or because of a torch that is built otherwise
        say_unmarked(error)


def say_unmarked(error):
    import os

    if os.environ.get("TBPROF_QUIET") == "1" or sys.stderr is None:
        return
    reason = "%s: %s" % (type(error).__name__, error)
    sys.stderr.write("tbprof: steps and phases of PyTorch are not marked by themselves (%s)\n" %
                     reason.replace("\n", " "))


def start():
    folder = __file__.rpartition("/")[0]
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.path_importer_cache.pop(folder, None)
    sys.modules.pop(__name__, None)
    if sys.version_info < (3, 9) or not folder:
        return
    # Tracebacks leave frames of this file name out, as they do those of the import around it.
    TbprofLoader.exec_module.__code__ = TbprofLoader.exec_module.__code__.replace(
        co_filename="<frozen importlib._bootstrap>")
    sys.meta_path.insert(0, TbprofFinder(folder.rpartition("/")[0]))


start()
del start
# The user's, if there is one. If not, this fails as it would without us, which `site` expects.
import sitecustomize  # noqa: E402,F401
