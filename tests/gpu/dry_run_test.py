"""all.sh runs from one end to the other without a GPU: stand-ins take the place of the driver, CUPTI and
the CUDA programs, and its report must say what a report from a machine with a GPU says.

usage: dry_run_test.py BUILD
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

BUILD = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
STANDIN = os.path.join(BUILD, "tests", "cuda", "standin")
# Parts that run PyTorch are tried apart, as it is not installed everywhere.
PARTS = "truth,buffers,ends,native_overhead,pressure,metrics,after_recording,windows,sanitizer"


class DryRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="gpu_dry_run_")
        cls.pack = os.path.join(cls.folder.name, "pack")
        cls.out = os.path.join(cls.folder.name, "out")
        subprocess.run([os.path.join(HERE, "pack.sh"), "--standin", BUILD, cls.pack], check=True)
        environment = dict(os.environ, OUT=cls.out, TBPROF_GPU_PACK=cls.pack, TBPROF_GPU_STANDIN=STANDIN)
        cls.done = subprocess.run([os.path.join(HERE, "all.sh"), "--parts", PARTS, "--seconds", "200"],
                                  capture_output=True, text=True, env=environment, timeout=280)
        with open(os.path.join(cls.out, "report.json"), encoding="utf-8") as file:
            cls.parts = json.load(file)["parts"]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_part_was_run(self):
        self.assertEqual(list(self.parts), PARTS.split(","), self.done.stdout + self.done.stderr)
        for name, part in self.parts.items():
            self.assertNotIn("trouble", part, name)

    def test_truth_is_compared(self):
        truth = self.parts["truth"]
        self.assertGreaterEqual(truth["of"], 5)
        for name, row in truth["programs"].items():
            self.assertEqual(row.get("differences"), [], name)
            self.assertAlmostEqual(row["device_times"]["durations"]["slope"], 1, 6)
            self.assertAlmostEqual(row["device_times"]["starts"]["slope"], 1, 3)

    def test_programs_end_alike(self):
        self.assertTrue(self.parts["ends"]["good"], self.parts["ends"])

    def test_costs_are_compared_with_both_baselines(self):
        works = self.parts["native_overhead"]["works"]
        self.assertGreaterEqual(len(works), 2)
        for work in works.values():
            self.assertGreater(work["ours"]["over_null"]["median"], 0)
            self.assertEqual(len(work["off"]["over_off"]["interval"]), 2)
            self.assertGreater(work["trace"]["events"], 5000)
        aims = self.parts["native_overhead"]["aims"]
        self.assertTrue(any("less than 1 %" in aim for aim in aims), aims)
        self.assertEqual(len(aims), len(works) + 1)

    def test_what_is_missing_and_not_said_is_bad(self):
        # The stand-in runs far fewer kernels than the pressure that was asked for.
        self.assertFalse(self.parts["pressure"]["good"])
        self.assertGreater(self.parts["pressure"]["runs"][0]["unmarked"], 0)

    def test_metrics_are_counted_and_set_against_the_kernels(self):
        runs = self.parts["metrics"]["runs"]
        row = runs["each millisecond"]
        self.assertEqual(row["kernels_missing"], 0, row)
        self.assertGreater(row["samples_of_expected"], 0.8, row)
        # The stand-in's counters know nothing of its kernels.
        self.assertFalse(row["good"])
        self.assertGreater(row["SMs active"]["mean_while_busy"], 20)
        self.assertLess(row["SMs active"]["mean_while_busy"], 80)
        self.assertEqual(len(self.parts["metrics"]["cost"]), 6)

    def test_buffers_come_back(self):
        self.assertTrue(self.parts["buffers"]["good"], self.parts["buffers"])
        self.assertTrue(os.path.exists(os.path.join(self.out, "buffers.tar.gz")))

    def test_few_files_come_back(self):
        self.assertLessEqual(len(os.listdir(self.out)), 8)


class WithoutGpu(unittest.TestCase):
    def test_one_line_and_77(self):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TBPROF_")}
        environment["PATH"] = "/usr/bin:/bin"
        if subprocess.run(["sh", "-c", "nvidia-smi -L"], env=environment, capture_output=True).returncode == 0:
            self.skipTest("there is a GPU")
        done = subprocess.run([os.path.join(HERE, "all.sh")], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 77)
        self.assertEqual(done.stdout.count("\n"), 1)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
