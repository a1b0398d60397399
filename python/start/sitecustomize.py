"""Python's start-up under `tbprof run`: what is there before the user's own sitecustomize.

The folder of this file stands first in PYTHONPATH. It takes itself out of sys.path, puts one finder
into sys.meta_path, which waits for torch and tbprof, and makes room for the sitecustomize that Python
would have found without it. It imports nothing and is short, as every start of Python pays for it.
Any Python, also 2.7, has to read this file.
"""

import sys


class TbprofFinder(object):
    """Finds the modules of tbprof, and torch with marks; see _tbprof/imports.py."""

    def __init__(self, folder):
        self.folder = folder  # of the packages tbprof and _tbprof

    def find_spec(self, name, path=None, target=None):
        if name == "_tbprof":
            from _frozen_importlib_external import PathFinder

            return PathFinder.find_spec(name, [self.folder])
        if name == "torch" or name == "tbprof":
            from _tbprof import imports

            return imports.find(self, name, path, target)
        return None


def start():
    folder = __file__.rpartition("/")[0]
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.path_importer_cache.pop(folder, None)
    if sys.version_info >= (3, 9) and folder:
        sys.meta_path.insert(0, TbprofFinder(folder.rpartition("/")[0]))


start()
itself = sys.modules.pop(__name__, None)  # kept, as Python 2 empties a module that nobody holds
# The user's, if there is one. If not, this fails as it would without us, which `site` expects.
import sitecustomize  # noqa: E402,F401
