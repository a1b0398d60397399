"""`tbprof run` is not there: what a program does with its streams, status and signals is the same
with and without it, with and without --quiet.

Usage: run_transparency_test.py TBPROF PROBE
"""

import os
import pty
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TBPROF, PROBE = sys.argv[1:3]
LOGDIR = tempfile.mkdtemp(prefix="tbprof_run_")
WAYS = {
    "alone": [],
    "quiet": [TBPROF, "run", "--quiet", "--logdir", LOGDIR, "--"],
    "spoken": [TBPROF, "run", "--logdir", LOGDIR, "--"],
}


def run(way, *arguments, **options):
    done = subprocess.run(WAYS[way] + [PROBE, *arguments], capture_output=True, timeout=60, **options)
    return done.returncode, done.stdout, done.stderr


class Streams(unittest.TestCase):
    def same(self, *arguments, **options):
        alone = run("alone", *arguments, **options)
        self.assertNotEqual(alone[0], 99, "the probe does not know this mode")
        self.assertTrue(run("quiet", *arguments, **options) == alone, "--quiet makes a difference")
        status, out, error = run("spoken", *arguments, **options)
        self.assertEqual(status, alone[0])
        self.assertTrue(out == alone[1], "standard output differs")
        self.assertTrue(error.startswith(alone[2]), "standard error differs")
        self.assertRegex(error[len(alone[2]):], b"\\A(tbprof: [^\n]+\n)*\\Z")
        return alone

    def test_exit_statuses(self):
        for status in [0, 1, 2, 3, 7, 42, 64, 100, 125, 126, 127, 128, 130, 137, 200, 254, 255]:
            with self.subTest(status=status):
                self.assertEqual(self.same("exit", str(status))[0], status)
        self.same("_exit", "17")

    def test_death_by_signal(self):
        for number in [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT, signal.SIGFPE,
                       signal.SIGKILL, signal.SIGSEGV, signal.SIGPIPE, signal.SIGALRM,
                       signal.SIGTERM, signal.SIGUSR1, signal.SIGXCPU, 34, 64]:
            for how in ["raise", "kill"]:
                with self.subTest(signal=number, how=how):
                    self.assertEqual(self.same(how, str(int(number)))[0], -number)
        self.assertEqual(self.same("abort")[0], -signal.SIGABRT)

    def test_large_outputs_in_order(self):
        self.assertEqual(len(self.same("flood")[1]), 12 << 20)

    def test_input(self):
        self.same("echo", input=os.urandom(3 << 20))
        self.same("echo", input=b"")

    def test_children_threads_exec(self):
        self.assertEqual(self.same("fork")[0], 7)
        self.assertEqual(self.same("threads")[0], 9)
        self.assertEqual(self.same("exec")[:2], (5, b"from sh\n"))

    def test_arguments_are_not_read(self):
        self.same("arguments", "--quiet", "--logdir", "--", "-h", "", "a b", "--name=x", "--version")

    def test_closed_descriptors(self):
        for closed in [[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2]]:
            def close(closed=closed):
                for descriptor in closed:
                    os.close(descriptor)
            with self.subTest(closed=closed):
                self.same("state", preexec_fn=close)
                self.same("exit", "5", preexec_fn=close)

    def test_inherited_signal_state(self):
        def odd():
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        alone = self.same("state", preexec_fn=odd)
        for line in [b"blocked 12", b"blocked 15", b"ignored 1", b"ignored 17"]:
            self.assertIn(line, alone[1].split(b"\n"))

    def test_programs_that_cannot_start(self):
        script = os.path.join(LOGDIR, "not_executable")
        with open(script, "w") as file:
            file.write("echo no\n")
        for program, status in [("/no/such/program", 127), ("no_such_program_anywhere", 127),
                                (script, 126), (LOGDIR, 126)]:
            for way in ["quiet", "spoken"]:
                with self.subTest(program=program, way=way):
                    done = subprocess.run(WAYS[way] + [program], capture_output=True, timeout=60)
                    self.assertEqual((done.returncode, done.stdout), (status, b""))
                    self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
                    self.assertIn(program.encode(), done.stderr)

    def test_a_script_without_interpreter_line(self):
        script = os.path.join(LOGDIR, "script")
        with open(script, "w") as file:
            file.write("echo from a script\nexit 6\n")
        os.chmod(script, 0o755)
        for way in ["quiet", "spoken"]:
            done = subprocess.run(WAYS[way] + [script], capture_output=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout), (6, b"from a script\n"))

    def test_no_second_core_file(self):
        def cores():
            resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        try:
            resource.setrlimit(resource.RLIMIT_CORE, resource.getrlimit(resource.RLIMIT_CORE))
            with tempfile.TemporaryDirectory() as folder:
                run("spoken", "abort", cwd=folder, preexec_fn=cores)
                self.assertLessEqual(len(os.listdir(folder)), 1)
        except (ValueError, subprocess.SubprocessError) as error:
            self.skipTest(f"core files cannot be allowed here: {error}")


class Signals(unittest.TestCase):
    """Signals that someone sends while the program runs."""

    def start(self, way, *arguments, **options):
        program = subprocess.Popen(WAYS[way] + [PROBE, *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, **options)
        self.assertEqual(program.stdout.readline(), b"ready\n")
        return program

    def test_a_signal_to_the_process_arrives_once(self):
        for number in [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2,
                       signal.SIGCONT, signal.SIGWINCH, signal.SIGALRM]:
            for way in WAYS:
                with self.subTest(signal=number, way=way):
                    program = self.start(way, "wait_for", str(int(number)))
                    program.send_signal(number)
                    out, _ = program.communicate(timeout=30)
                    self.assertEqual((program.returncode, out), (21, b"caught 1\n"))

    def test_a_signal_to_the_group_arrives_once(self):
        for number in [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1]:
            for way in WAYS:
                with self.subTest(signal=number, way=way):
                    program = self.start(way, "wait_for", str(int(number)), start_new_session=True)
                    os.killpg(program.pid, number)
                    out, _ = program.communicate(timeout=30)
                    self.assertEqual((program.returncode, out), (21, b"caught 1\n"))

    def test_killing_us_kills_the_program(self):
        for way in WAYS:
            with self.subTest(way=way):
                program = self.start(way, "sleep", "60")
                program.kill()
                began = time.monotonic()
                program.stdout.read()  # until the last holder of the pipe has gone
                self.assertLess(time.monotonic() - began, 20)
                self.assertEqual(program.wait(), -signal.SIGKILL)

    def test_stop_and_continue(self):
        for number in [signal.SIGSTOP, signal.SIGTSTP]:
            for way in WAYS:
                with self.subTest(signal=number, way=way):
                    # Its own group in this session: an orphaned group would ignore SIGTSTP.
                    program = self.start(way, "stop", str(int(number)),
                                         preexec_fn=lambda: os.setpgid(0, 0))
                    _, status = os.waitpid(program.pid, os.WUNTRACED)
                    self.assertTrue(os.WIFSTOPPED(status))
                    self.assertEqual(os.WSTOPSIG(status), number)
                    os.kill(program.pid, signal.SIGCONT)
                    out, _ = program.communicate(timeout=30)
                    self.assertEqual((program.returncode, out), (3, b"went on\n"))


class Terminal(unittest.TestCase):
    """Keys of a terminal, in a shell with job control."""

    def shell(self, way, mode, keys_after_ready, commands_after):
        """Starts the probe from an interactive bash, sends keys, then commands; what was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["PS1"] = "$ "
            os.environ["TERM"] = "dumb"
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        shown = b""

        def wait_until(text, seconds=30):
            nonlocal shown
            deadline = time.monotonic() + seconds
            while text not in shown:
                self.assertLess(time.monotonic(), deadline, f"{text} not in {shown}")
                shown += os.read(terminal, 4096)

        try:
            wait_until(b"$ ")
            line = " ".join(WAYS[way] + [PROBE, *mode])
            os.write(terminal, line.encode() + b"\n")
            wait_until(b"\nready")
            shown = b""
            os.write(terminal, keys_after_ready)
            for command, answer in commands_after:
                time.sleep(0.3)
                os.write(terminal, command + b"\n")
                wait_until(answer)
            return shown
        finally:
            os.close(terminal)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def test_interrupt_key_that_the_program_catches(self):
        for way in WAYS:
            with self.subTest(way=way):
                shown = self.shell(way, ["wait_for", "2"], b"\x03", [(b"echo st=$?", b"st=21\r")])
                self.assertIn(b"caught 1", shown)

    def test_interrupt_key_that_kills(self):
        for way in WAYS:
            with self.subTest(way=way):
                self.shell(way, ["sleep", "60"], b"\x03", [(b"echo st=$?", b"st=130\r")])

    def test_stop_key_and_foreground_again(self):
        for way in WAYS:
            with self.subTest(way=way):
                shown = self.shell(way, ["wait_for", "10"], b"\x1a",
                                   [(b"jobs", b"Stopped"), (b"kill -USR1 %1; fg", b"caught 1"),
                                    (b"echo st=$?", b"st=21\r")])
                self.assertNotIn(b"caught 2", shown)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
