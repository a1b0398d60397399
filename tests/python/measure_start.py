"""What the start-up hook adds to `python3 -c pass`: processor time and elapsed time, off against on.

usage: measure_start.py [PYTHON ...]
Both arms alternate; the figures are medians, in milliseconds.
"""

import os
import statistics
import sys
import time

START = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python/start")
ROUNDS = 200


def one_start(python, environment):
    began = time.perf_counter_ns()
    pid = os.posix_spawn(python, [python, "-c", "pass"], environment)
    _, status, used = os.wait4(pid, 0)
    assert status == 0, status
    return (used.ru_utime + used.ru_stime) * 1e3, (time.perf_counter_ns() - began) / 1e6


def main(pythons):
    off = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    on = dict(off, PYTHONPATH=os.path.realpath(START), TBPROF_LOGDIR="/nonexistent",
              TBPROF_LIBRARY="/nonexistent")
    for python in pythons:
        times = {"off": [], "on": []}
        for _ in range(ROUNDS):
            times["off"].append(one_start(python, off))
            times["on"].append(one_start(python, on))
        medians = {arm: [statistics.median(column) for column in zip(*rows)]
                   for arm, rows in times.items()}
        for place, what in enumerate(("processor", "elapsed")):
            without, with_hook = medians["off"][place], medians["on"][place]
            print(f"{python}: {what} time off {without:.2f} ms, on {with_hook:.2f} ms, "
                  f"added {with_hook - without:.2f} ms")


if __name__ == "__main__":
    main(sys.argv[1:] or [sys.executable])
