"""A hundred small programs, each ten times under `tbprof run --quiet`: what they write and how they end is
byte for byte what it is without.

usage: small_programs_test.py TBPROF SMALL_PROGRAMS
"""

import concurrent.futures
import os
import subprocess
import sys
import tempfile
import unittest

TBPROF, SMALL_PROGRAMS = sys.argv[1:3]
PROGRAMS, RUNS = 100, 10
AT_ONCE = min(4, os.cpu_count() or 1)


def run(way, number):
    done = subprocess.run([*way, SMALL_PROGRAMS, str(number)], capture_output=True, timeout=120, check=False,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


class SmallPrograms(unittest.TestCase):
    def test_each_is_the_same_recorded_or_not(self):
        with tempfile.TemporaryDirectory(prefix="tbprof_small_") as logdir:
            recorded = [TBPROF, "run", "--quiet", "--logdir", logdir, "--"]
            turns = [number for number in range(PROGRAMS) for _ in range(RUNS)]
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                alone = list(pool.map(lambda number: run([], number), range(PROGRAMS)))
                ends = pool.map(lambda number: run(recorded, number), turns)
                for number, end in zip(turns, ends):
                    self.assertEqual(end, alone[number], f"program {number}")
            traces = [name for _, _, files in os.walk(logdir) for name in files if name.endswith(".tbtrace")]
            # Those that do nothing leave no file, others one for each process.
            self.assertGreater(len(traces), PROGRAMS * RUNS // 2)

    def test_they_end_in_many_ways(self):
        self.assertGreaterEqual(len({run([], number)[0] for number in range(10, 20)}), 9)


if __name__ == "__main__":
    sys.exit(unittest.main(argv=sys.argv[:1]))
