"""torch.profiler in a process that tbprof records: before, during or after the recording. Prints a line
of JSON: how many kernels torch.profiler saw, and what the recorder's functions returned.

usage: torch_beside.py before|during|after|alone [DEVICE]
"""

import ctypes
import json
import os
import sys

import train_models


def recorder():
    path = os.environ.get("CUDA_INJECTION64_PATH")
    return ctypes.CDLL(path) if path else None


def profiled_kernels(training):
    with train_models.profiler() as profile:
        training.steps(5)
    return sum(1 for event in profile.events() if str(event.device_type).endswith("CUDA"))


def main():
    when = sys.argv[1]
    training = train_models.Training("mlp", sys.argv[2] if len(sys.argv) > 2 else "cuda", True)
    training.steps(2)
    tbprof = recorder() if when != "alone" else None
    result = {"when": when}
    if when == "before" and tbprof is not None:
        result["stop_at_start"] = tbprof.tbprof_stop()
        result["torch_kernels"] = profiled_kernels(training)
        logdir = os.environ.get("TBPROF_LOGDIR", "").encode()
        result["start"] = tbprof.tbprof_start(logdir, b"after_torch")
        training.steps(5)
        result["stop"] = tbprof.tbprof_stop()
    elif when == "after" and tbprof is not None:
        training.steps(5)
        result["stop"] = tbprof.tbprof_stop()
        result["torch_kernels"] = profiled_kernels(training)
    else:
        result["torch_kernels"] = profiled_kernels(training)
        training.steps(5)
    result["loss"] = float(training.loss)
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
