"""Recording in windows by the command line: `tbprof run` with its flags, `tbprof capture` beside it,
`tbprof doctor`, and what they say.

Usage: capture_command_test.py TBPROF PROBE
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

TBPROF, PROBE = sys.argv[1:3]


def run(*arguments, **options):
    return subprocess.run([TBPROF, *arguments], capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, **options)


class Windows(unittest.TestCase):
    def setUp(self):
        self.logdir = tempfile.mkdtemp(prefix="tbprof_capture_")
        self.addCleanup(shutil.rmtree, self.logdir)

    def record(self, *flags, program=("steps", "30")):
        done = run("run", "--logdir", self.logdir, *flags, "--", PROBE, *program)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def report(self):
        done = run("analyze", self.logdir, "--format", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_chosen_steps_are_told_everywhere(self):
        said = self.record("--steps", "10-14")
        self.assertIn("recorded steps 10-14 of 30 (median", said)
        self.assertIn("Recorded: steps 10-14 of 30.", run("analyze", self.logdir).stdout)
        report = self.report()
        self.assertEqual(report["capture"]["recorded"], "steps 10-14 of 30")
        self.assertEqual(len(report["capture"]["windows"]), 1)
        self.assertEqual(report["steps"]["count"], 5)
        self.assertEqual(report["counts"]["noted_steps"], 25)
        self.assertLess(report["steps"]["between_ns"], 5e6)

    def test_other_flags(self):
        self.assertIn("recorded steps 10-11, 20-21 of 30", self.record("--every", "10", "--active", "2"))
        self.assertIn("2 windows of", self.record("--range", "validation", program=("ranges",)))
        said = self.record("--delay", "0.1", "--duration", "0.1", program=("time", "400"))
        self.assertRegex(said, r"recorded .*ranges")

    def test_no_window_opened(self):
        self.assertIn("no window was opened in 30 steps", self.record("--steps", "1000"))

    def test_nothing_is_windowed_unless_asked(self):
        self.assertIn("recorded 30 steps (", self.record())
        self.assertIsNone(self.report()["capture"]["windows"])

    def test_flags_that_contradict(self):
        done = run("run", "--steps", "1", "--on-demand", "--", "true")
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, r"\Atbprof run: --steps and --on-demand both [^\n]+\.\n\Z")


class Capture(unittest.TestCase):
    def setUp(self):
        self.logdir = tempfile.mkdtemp(prefix="tbprof_capture_")
        self.program = subprocess.Popen(
            [TBPROF, "run", "--on-demand", "--logdir", self.logdir, "--", PROBE, "steps", "100000"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if PROBE in run("capture", "--list").stdout:
                break
            time.sleep(0.1)

    def tearDown(self):
        self.program.terminate()
        self.said = self.program.communicate(timeout=30)[1]
        shutil.rmtree(self.logdir)

    def test_steps_of_a_running_program(self):
        # By the number of `tbprof run`, which is what a user has.
        done = run("capture", str(self.program.pid), "--steps", "3", "--name", "first look")
        self.assertEqual(done.returncode, 0, done.stderr)
        folder = re.search(r"^tbprof: in (.+)$", done.stdout, re.MULTILINE)[1]
        report = json.loads(run("analyze", folder, "--format", "json").stdout)
        self.assertEqual(report["steps"]["count"], 3)
        self.assertEqual(report["capture"]["windows"][0]["label"], "first look")
        self.assertEqual(report["capture"]["windows"][0]["cause"], "capture")
        done = run("capture", str(self.program.pid), "--duration", "0.2")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_refusals_are_one_sentence(self):
        for arguments, status in [((), 2), (("1", "--steps", "0.5"), 2), (("999999999",), 1),
                                  ((str(os.getppid()), "--steps", "1", "--duration", "1"), 2),
                                  ((str(os.getpid()), "--duration", "100000"), 2)]:
            done = run("capture", *arguments)
            self.assertEqual(done.returncode, status, done.stderr)
            self.assertRegex(done.stderr, r"\Atbprof capture: [^\n]+\.\n\Z")


class Doctor(unittest.TestCase):
    def test_a_line_each_and_json(self):
        text = run("doctor")
        self.assertIn(text.returncode, (0, 1))
        for line in text.stdout.splitlines():
            self.assertRegex(line, r"\A(ok|warning|problem) +\S")
        report = json.loads(run("doctor", "--format", "json").stdout)
        self.assertEqual(report["ok"], text.returncode == 0)
        names = [check["name"] for check in report["checks"]]
        for name in ["driver", "cupti", "recorder", "glibc", "log directory", "limits", "clock",
                     "sampling", "capture", "container", "other tools", "python"]:
            self.assertIn(name, names)

    def test_another_tools_variable_is_a_problem(self):
        done = run("doctor", env={**os.environ, "CUDA_INJECTION64_PATH": "/opt/other.so"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("unset CUDA_INJECTION64_PATH", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
