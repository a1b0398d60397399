"""The interpreters that can import torch: python3, /usr/bin/python3, and those that
TBPROF_TEST_TORCH_PYTHONS names (paths, divided by blanks), which are then the only ones.
"""

import os
import subprocess
import sys


def _can_import_torch(python):
    try:
        done = subprocess.run([python, "-c", "import torch; torch.nn, torch.optim"],
                              capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


NAMED = os.environ.get("TBPROF_TEST_TORCH_PYTHONS", "").split()
TORCH_PYTHONS = [python for python in NAMED or dict.fromkeys([sys.executable, "/usr/bin/python3"])
                 if _can_import_torch(python)]
