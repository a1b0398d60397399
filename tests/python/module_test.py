"""The module tbprof: what a program marks with it is recorded, and without recorder it does nothing.

usage: module_test.py TBPROF [unittest arguments]
"""

import os
import sys
import tempfile
import textwrap
import unittest

from recording import PYTHONS, Recording, run_alone, run_recorded

MODULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python")
PROGRAM = textwrap.dedent("""
    import tbprof, threading
    @tbprof.range("decorated", "optimizer")
    def work(x):
        '''doc'''
        return x + 1
    @tbprof.step()
    def turn():
        return work(1)
    for number in range(3):
        with tbprof.step() as step, tbprof.range("load", "input"):
            tbprof.counter("loss", 1.5 / (number + 1))
    with tbprof.step(number=40):
        try:
            with tbprof.range("fails", category="forward"):
                raise KeyError(5)
        except KeyError as error:
            print("caught", error)
    same = tbprof.range("again ä")
    with same, same, same:
        tbprof.instant("here", "checkpoint")
    print(turn(), work.__name__, work.__doc__)
    def other():
        tbprof.name_thread("loader thread")
        with tbprof.range("elsewhere"):
            pass
    thread = threading.Thread(target=other)
    thread.start(); thread.join()
    for wrong in [lambda: tbprof.range("x", "fast"), lambda: tbprof.instant("x", None),
                  lambda: tbprof.schedule(active=0), lambda: tbprof.schedule(wait=-1),
                  lambda: tbprof.schedule(repeat=2**70)]:
        try:
            wrong()
        except ValueError as error:
            print("refused")
    for source in ["async def f(): pass", "def f(): yield", "async def f(): yield"]:
        names = {}
        exec(source, names)
        try:
            tbprof.range("x")(names["f"])
        except TypeError as error:
            print("refused too")
    tbprof.flush()
""")
PRINTS = "caught 5\n2 work doc\n" + 5 * "refused\n" + 3 * "refused too\n"


class Module(unittest.TestCase):
    def test_what_is_marked_is_recorded(self):
        for python in PYTHONS:
            with self.subTest(python=python):
                recording = Recording([python, "-c", PROGRAM])
                self.assertEqual((recording.status, recording.out), (0, PRINTS), recording.error)
                self.assertEqual([step["number"] for step in recording.steps()], [0, 1, 2, 40, 3])
                self.assertTrue(all(step["complete"] for step in recording.steps()))
                counts = {key: row["count"] for key, row in recording.ranges().items()}
                self.assertEqual(counts, {
                    ("step", "step"): 5, ("load", "input"): 3, ("fails", "forward"): 1,
                    ("decorated", "optimizer"): 1, ("again ä", "other"): 3,
                    ("elsewhere", "other"): 1})

    def test_without_a_recorder_it_does_nothing(self):
        for python in PYTHONS:
            with self.subTest(python=python):
                program = PROGRAM + ("import sys; print('ctypes' in sys.modules, tbprof.is_recording(),"
                                     "work.__class__.__name__)")
                alone = run_alone([python, "-c", program], {"PYTHONPATH": MODULES})
                self.assertEqual(alone, (0, (PRINTS + "False False function\n").encode(), b""))

    def test_a_library_that_cannot_be_loaded(self):
        for library in ["/no/such/file", __file__]:
            done = run_alone([sys.executable, "-c", PROGRAM],
                             {"PYTHONPATH": MODULES, "TBPROF_LIBRARY": library,
                              "TBPROF_LOGDIR": "/tmp"})
            self.assertEqual(done, (0, PRINTS.encode(), b""))

    def test_the_users_own_module_of_that_name_wins(self):
        with tempfile.TemporaryDirectory() as folder:
            os.mkdir(os.path.join(folder, "tbprof"))
            show = "import tbprof; print(tbprof.__file__, hasattr(tbprof, 'step'))"
            for python in PYTHONS:
                status, out, _ = run_recorded([python, "-c", show], cwd=folder)
                self.assertTrue(status == 0 and out.endswith(b" True\n"), out)
            with open(os.path.join(folder, "tbprof/__init__.py"), "w", encoding="ascii"):
                pass
            for python in PYTHONS:
                status, out, _ = run_recorded([python, "-c", show], cwd=folder)
                self.assertTrue(status == 0 and out.endswith(b" False\n"), out)

    def test_processes(self):
        """A forked and a spawned process record into a file of their own."""
        program = textwrap.dedent("""
            import multiprocessing, os, sys, tbprof
            def work(number):
                with tbprof.step(number):
                    pass
            if __name__ == "__main__":
                work(0)
                for method in ["fork", "spawn"]:
                    process = multiprocessing.get_context(method).Process(target=work, args=(7,))
                    process.start()
                    process.join()
                pid = os.fork()
                if pid == 0:
                    work(8)
                    tbprof.flush()
                    os._exit(5)
                print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        """)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="ascii") as file:
                file.write(program)
            for python in PYTHONS:
                with self.subTest(python=python):
                    recording = Recording([python, path])
                    self.assertEqual((recording.status, recording.out), (0, "5\n"))
                    numbers = sorted(step["number"] for file in recording.files
                                     for step in file["overview"]["steps"]["list"])
                    self.assertEqual(numbers, [0, 7, 7, 8])

    def test_chosen_steps(self):
        program = textwrap.dedent("""
            import tbprof
            tbprof.schedule(wait=2, warmup=1, active=2, repeat=1)
            for number in range(9):
                with tbprof.step(), tbprof.range("inside"):
                    pass
        """)
        recording = Recording([sys.executable, "-c", program])
        self.assertEqual(recording.status, 0, recording.error)
        self.assertEqual(recording.ranges()["inside", "other"]["count"], 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
