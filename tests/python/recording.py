"""Runs programs with and without `tbprof run`, and reads what was recorded. For the tests here."""

import json
import os
import shutil
import subprocess
import sys
import tempfile

TBPROF = sys.argv[1]
PYTHONS = [sys.executable] + os.environ.get("TBPROF_TEST_PYTHONS", "").split()
TIMEOUT_S = 240


def _environment(changes):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("TBPROF_", "PYTHONPATH"))}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    environment.update(changes or {})
    return environment


def run_alone(command, environment=None, **options):
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S,
                          env=_environment(environment), **options)
    return done.returncode, done.stdout, done.stderr


def run_recorded(command, environment=None, quiet=True, logdir=None, flags=(), **options):
    kept = logdir or tempfile.mkdtemp(prefix="tbprof_logdir_")
    try:
        quieter = ["--quiet"] if quiet else []
        return run_alone([TBPROF, "run", *quieter, *flags, "--logdir", kept, "--name", "run", "--", *command],
                         environment, **options)
    finally:
        if logdir is None:
            shutil.rmtree(kept, ignore_errors=True)


class Recording:
    """A program's recording: steps in order, ranges by name, each process's trace apart."""

    def __init__(self, command, environment=None, **options):
        with tempfile.TemporaryDirectory(prefix="tbprof_logdir_") as logdir:
            self.status, self.out, self.error = run_recorded(command, environment, logdir=logdir,
                                                             **options)
            self.files = [self._read(os.path.join(place, name))
                          for place, _, names in os.walk(logdir) for name in sorted(names)
                          if name.endswith(".tbtrace")]
        self.out, self.error = self.out.decode(), self.error.decode()

    @staticmethod
    def _read(path):
        answers = {}
        for view in ["overview", "ranges"]:
            done = subprocess.run([TBPROF, "analyze", path, "--view", view, "--format", "json",
                                   "--limit", "0"], capture_output=True, timeout=TIMEOUT_S)
            if done.returncode != 0:
                raise RuntimeError(done.stderr.decode())
            answers[view] = json.loads(done.stdout)
        return answers

    def only_file(self):
        assert len(self.files) == 1, (len(self.files), self.error)
        return self.files[0]

    def steps(self):
        return self.only_file()["overview"]["steps"]["list"]

    def ranges(self):
        """{(name, category): row}"""
        return {(row["name"], row["category"]): row
                for row in self.only_file()["ranges"]["rows"]}
