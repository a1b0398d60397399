"""Programs whose memory the system lets nobody read: the samples are there without Python stacks, and
one sentence says why.

usage: stacks_test.py TBPROF [unittest arguments]
"""

import os
import platform
import subprocess
import sys
import tempfile
import textwrap
import unittest

from recording import TBPROF, run_recorded

# What some containers do: process_vm_readv fails with EPERM, for this process and all below it.
REFUSE = textwrap.dedent("""
    import ctypes, os, struct, sys
    instruction = lambda *parts: struct.pack("HBBI", *parts)
    code = ctypes.create_string_buffer(
        instruction(0x20, 0, 0, 0) + instruction(0x15, 0, 1, 310)
        + instruction(0x06, 0, 0, 0x00050001) + instruction(0x06, 0, 0, 0x7fff0000))
    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
    libc = ctypes.CDLL(None)
    NO_NEW_PRIVILEGES, SECCOMP = 38, 22
    if (libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            or libc.prctl(SECCOMP, 2, ctypes.byref(Filter(4, ctypes.cast(code, ctypes.c_void_p))))):
        sys.exit(77)
    os.execv(sys.argv[1], sys.argv[1:])
""")
WORK = textwrap.dedent("""
    import ctypes, sys, time
    def work():
        until = time.monotonic() + 2.5
        while time.monotonic() < until: sum(range(1000))
    if sys.argv[1:] == ["hide"]: ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE
    work()
""")


class Stacks(unittest.TestCase):
    def expect_samples_without_stacks(self, logdir):
        done = subprocess.run([TBPROF, "analyze", logdir, "--view", "samples"], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = " ".join(done.stdout.decode().split())
        self.assertIn("There are no Python stacks: the system lets nobody read the program's memory",
                      text)
        self.assertNotIn("Python programs only", text)
        self.assertIn("on a CPU", text)


    @unittest.skipUnless(platform.machine() == "x86_64", "the filter knows x86-64 only")
    def test_reading_memory_is_forbidden(self):
        with tempfile.TemporaryDirectory() as logdir:
            done = subprocess.run([sys.executable, "-c", REFUSE, TBPROF, "run", "--logdir", logdir,
                                   "--", sys.executable, "-c", WORK], capture_output=True)
            if done.returncode == 77:
                self.skipTest("the system allows no filter of system calls")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.expect_samples_without_stacks(logdir)

    @unittest.skipIf(os.geteuid() == 0, "root may read all")
    def test_the_program_hides_its_memory(self):
        with tempfile.TemporaryDirectory() as logdir:
            status, _, error = run_recorded([sys.executable, "-c", WORK, "hide"], quiet=False,
                                            logdir=logdir)
            self.assertEqual(status, 0, error)
            self.expect_samples_without_stacks(logdir)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
