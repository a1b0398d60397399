"""`tbprof run` on Python programs that know nothing of it: they see and print the same as alone.

usage: start_test.py TBPROF [unittest arguments]
Interpreters: python3 and what TBPROF_TEST_PYTHONS names (paths, divided by blanks).
"""

import os
import sys
import tempfile
import textwrap
import unittest

from recording import PYTHONS, run_alone, run_recorded

# All that a program can see of its interpreter, but for what `tbprof run` says it sets.
LOOK = textwrap.dedent("""
    import os, sys
    ours = ("TBPROF_", "NVTX_INJECTION", "CUDA_INJECTION", "PYTHONPATH")
    print(sys.path, sorted(sys.modules), sys.argv, sys.flags, sys.prefix, sys.exec_prefix)
    print(sorted(name for name in os.environ if not name.startswith(ours)))
    print(sorted(vars(sys.modules["__main__"])), len(sys.path_hooks), sorted(sys.path_importer_cache))
    print([getattr(finder, "__name__", type(finder)) for finder in sys.meta_path
           if type(finder).__name__ != "TbprofFinder"])
    import site
    print(site.ENABLE_USER_SITE, site.getsitepackages())
    print(getattr(sys.modules.get("sitecustomize"), "__file__", None))
""")


class Start(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tbprof_python_")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def same(self, python, *arguments, environment=None, **options):
        """What the program printed, which has to be the same with and without `tbprof run`."""
        alone = run_alone([python, *arguments], environment, cwd=self.folder, **options)
        recorded = run_recorded([python, *arguments], environment, cwd=self.folder, **options)
        self.assertEqual(recorded[0], alone[0], (python, arguments))
        self.assertEqual(recorded[1].decode(), alone[1].decode(), (python, arguments))
        self.assertEqual(recorded[2].decode(), alone[2].decode(), (python, arguments))
        return alone

    def test_what_a_program_sees(self):
        for python in PYTHONS:
            for flags in [[], ["-I"], ["-E"], ["-s"], ["-B"], ["-OO"], ["-X", "utf8"]]:
                with self.subTest(python=python, flags=flags):
                    self.assertEqual(self.same(python, *flags, "-c", LOOK)[0], 0)
            self.same(python, "-m", "site")
            self.same(python, self.write("look.py", LOOK), "--flag")

    def test_the_finder_is_all_there_is(self):
        show = ("import sys; print(sum(type(f).__name__ == 'TbprofFinder' for f in sys.meta_path),"
                "any('tbprof' in name for name in sys.modules), 'ctypes' in sys.modules)")
        for python in PYTHONS:
            self.assertEqual(run_recorded([python, "-c", show])[1], b"1 False False\n")
            self.assertEqual(run_recorded([python, "-I", "-c", show])[1], b"0 False False\n")
            # Without site nobody takes the folder out of sys.path, and nobody reads it either.
            self.assertEqual(run_recorded([python, "-S", "-c", show])[1], b"0 False False\n")

    def test_the_users_search_path(self):
        for python in PYTHONS:
            for path in ["", ":", "/a::/b", f"{self.folder}:.", "/nonexistent:"]:
                with self.subTest(python=python, path=path):
                    self.same(python, "-c", LOOK, environment={"PYTHONPATH": path})

    def test_the_users_customization(self):
        show = "import sys; print(getattr(sys.modules.get('sitecustomize'), 'x', 0))"
        for name, text in [("prints", "import sys\nprint('site', __name__, __spec__.name, sys.path)\nx = 3"),
                           ("raises", "def f():\n    raise ValueError('mine')\nf()"),
                           ("lacks", "import no_such_module"),
                           ("lacks_itself", "raise ImportError('x', name='sitecustomize')")]:
            self.write(f"{name}/sitecustomize.py", text)
            self.write(f"{name}/usercustomize.py", "print('user', __name__)")
            for python in PYTHONS:
                with self.subTest(python=python, name=name):
                    self.same(python, "-c", show,
                              environment={"PYTHONPATH": os.path.join(self.folder, name)})

    def test_a_customization_that_ends_the_start(self):
        self.write("exits/sitecustomize.py", "raise SystemExit(7)")
        environment = {"PYTHONPATH": os.path.join(self.folder, "exits")}
        for python in PYTHONS:
            command = [python, "-c", "print('not reached')"]
            self.assertEqual(run_recorded(command, environment)[:2],
                             run_alone(command, environment)[:2])

    def test_tracebacks(self):
        self.write("broken/torch/__init__.py", "from torch import inner")
        programs = ["import no_such_module", "1/0", "def f():\n  f()\nf()", "raise SystemExit(3)",
                    "raise KeyboardInterrupt", "import sys; sys.exit('text')", "import torch"]
        for kind in ["ImportError", "OSError", "KeyboardInterrupt"]:
            self.write("broken/torch/inner.py", f"import os\nraise {kind}('no device')")
            for python in PYTHONS:
                for program in programs:
                    with self.subTest(python=python, program=program, kind=kind):
                        self.same(python, "-c", program,
                                  environment={"PYTHONPATH": os.path.join(self.folder, "broken")})

    def test_another_torch(self):
        """A module of that name which is not PyTorch: it works, and one line says so."""
        self.write("torch.py", "x = 4")
        show = ("import torch, importlib; print(torch.x, torch.__spec__, torch.__loader__);"
                "importlib.reload(torch); print(torch.__loader__ is torch.__spec__.loader)")
        for python in PYTHONS:
            alone = run_alone([python, "-c", show], cwd=self.folder)
            recorded = run_recorded([python, "-c", show], cwd=self.folder, quiet=False)
            strip = lambda text: [part for part in text.split() if not part.startswith(b"0x")]
            self.assertEqual(strip(recorded[1]), strip(alone[1]))
            self.assertIn(b"not all steps and phases of PyTorch are marked", recorded[2])
            self.assertEqual(run_recorded([python, "-c", show], cwd=self.folder)[2], alone[2])

    def test_looking_for_torch_without_importing_it(self):
        self.write("torch.py", "raise RuntimeError('imported')")
        show = ("import importlib.util as u, inspect, sys; s = u.find_spec('torch');"
                "print(s.name, s.origin, s.loader.get_source('torch'), u.find_spec('no_such'),"
                "'torch' in sys.modules)")
        for python in PYTHONS:
            self.same(python, "-c", show)

    def test_virtual_environment(self):
        for number, python in enumerate(PYTHONS):
            place = os.path.join(self.folder, f"venv{number}")
            made = run_recorded([python, "-m", "venv", "--without-pip", place])
            self.assertEqual(made[0], 0, made)
            self.same(os.path.join(place, "bin/python"), "-c", LOOK)

    def test_children(self):
        """What a program starts is under tbprof too, however it is started, and as little seen."""
        path = self.write("children.py", """
            import multiprocessing, os, subprocess, sys, threading, asyncio
            SHOW = "import sys; print(sys.path, sorted(sys.modules))"
            def work(queue):
                queue.put((sys.path, len(sys.argv)))
            async def coroutine():
                await asyncio.sleep(0)
                return 5
            if __name__ == "__main__":
                for method in ["fork", "spawn", "forkserver"]:
                    context = multiprocessing.get_context(method)
                    queue = context.Queue()
                    child = context.Process(target=work, args=(queue,))
                    child.start()
                    print(method, queue.get())
                    child.join()
                    print(child.exitcode)
                for environment in [None, dict(os.environ), {}]:
                    print(subprocess.run([sys.executable, "-c", SHOW], env=environment,
                                         capture_output=True, text=True))
                thread = threading.Thread(target=lambda: print(sys.path))
                thread.start(); thread.join()
                print(asyncio.run(coroutine()))
        """)
        for python in PYTHONS:
            with self.subTest(python=python):
                self.assertEqual(self.same(python, path)[0], 0)
                leave = "import os, atexit; atexit.register(print, 'not reached'); os._exit(9)"
                self.assertEqual(self.same(python, "-c", leave)[0], 9)

    def test_subinterpreters(self):
        show = textwrap.dedent("""
            import sys
            try:
                import _interpreters as interpreters
            except ImportError:
                import _xxsubinterpreters as interpreters
            number = interpreters.create()
            code = "import sys; print(sys.path, sorted(sys.modules)); print(type(sys.meta_path[0]).__name__ != '')"
            run = getattr(interpreters, "run_string", None) or interpreters.exec
            run(number, code)
            interpreters.destroy(number)
        """)
        for python in PYTHONS:
            self.assertIn(b"True", self.same(python, "-c", show)[1])

    def test_an_interpreter_that_is_too_old(self):
        """The hook is read by any Python that has PYTHONPATH; it stands aside."""
        olds = os.environ.get("TBPROF_TEST_OLD_PYTHONS", "").split()
        if not olds:
            self.skipTest("TBPROF_TEST_OLD_PYTHONS names none")
        for python in olds:
            with self.subTest(python=python):
                self.same(python, "-c", "import sys; print(sys.path, sorted(sys.modules))")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
