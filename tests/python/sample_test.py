"""samples/train_torch.py as `tbprof analyze` sees it and as it times itself agree within 1 %.

usage: sample_test.py TBPROF [unittest arguments]
"""

import json
import os
import statistics
import sys
import tempfile
import unittest

from recording import Recording
from torch_pythons import TORCH_PYTHONS

SAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../samples/train_torch.py")
TOLERANCE = 0.01
# Between the program's reading of its clock and the recorder's lies what torch and the marks do
# there (28 µs around an optimizer of torch 2.15, as the caches hold none of it by then); now and then
# also another program's turn.
READING_NS = 40_000
STEPS = 40


@unittest.skipUnless(TORCH_PYTHONS, "no Python here can import torch")
class Sample(unittest.TestCase):
    def agree(self, recorded_ns, printed_s, what):
        """Turn by turn; in most of them nothing else came between."""
        beyond = sorted(abs(recorded - printed * 1e9) - TOLERANCE * printed * 1e9
                        for recorded, printed in zip(recorded_ns, printed_s))
        self.assertLess(statistics.median(beyond), READING_NS,
                        f"{what}: {recorded_ns} ns recorded, {printed_s} s printed")

    def test_figures(self):
        for python in TORCH_PYTHONS:
            for workers in ["0", "2"]:
                with self.subTest(python=python, workers=workers):
                    self.compare(python, workers)

    def compare(self, python, workers):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "times.json")
            recording = Recording([python, SAMPLE, "--steps", str(STEPS), "--workers", workers,
                                   "--device", "cpu", "--times", path])
            self.assertEqual(recording.status, 0, recording.error)
            with open(path, encoding="ascii") as file:
                printed = json.load(file)
        steps = recording.steps()
        self.assertEqual([step["number"] for step in steps], list(range(STEPS)))
        self.assertTrue(all(step["complete"] for step in steps))
        # The last step also has the end of the program in it: its loader is not asked again.
        durations = [step["duration_ns"] for step in steps][:-1]
        self.agree(durations, printed["steps"][:-1], "step")
        for phase in ["input", "forward", "backward", "optimizer"]:
            self.agree([step["parts"][phase] for step in steps], printed[phase], phase)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
