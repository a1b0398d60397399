"""The whole way, on a program that is killed: recording, command line, server, page.

samples/train runs under `tbprof run` and is killed with SIGKILL at a random moment, many times. Then
`tbprof analyze --format json`, the server's answer and the page in a real browser have to agree
with the step times that the program had printed; at most 250 ms may be missing; all three say that
the recording was cut.

Usage: whole_way.py TBPROF TRAIN CHROMIUM    (CHROMIUM may be empty: the page is left out)
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from agreement import complaints, differs, missing_at_the_end, read_step_log, recorded_steps
from served import Served

ROUNDS = int(os.environ.get("TBPROF_E2E_ROUNDS", "20"))
MOST_MISSING_NS = 250_000_000
LONGEST_RUN_S = 3.0
MILLISECONDS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3}


class Page:
    """A browser that is told addresses and tells what it shows."""

    def __init__(self, chromium):
        here = os.path.dirname(os.path.abspath(__file__))
        self.process = subprocess.Popen(
            ["node", os.path.join(here, "read_page.mjs")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "TBPROF_CHROMIUM": chromium})

    def read(self, address):
        self.process.stdin.write(address + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the browser ended")
        shown = json.loads(line)
        if "error" in shown:
            raise RuntimeError(shown["error"])
        return shown

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def program_below(pid):
    """The pid of `train`, a child of `tbprof run`."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                comm, state = file.read().rsplit(")", 1)
        except OSError:
            continue  # it has ended since
        if comm.endswith("(train") and state.split()[1] == str(pid):
            return int(name)
    raise RuntimeError("tbprof run has no child `train`")


def record_and_kill(tbprof, train, logdir, name, kill_group, after_s):
    """The program's step log and what `tbprof run` said."""
    log = os.path.join(logdir, os.pardir, f"{name}.steps")
    run = subprocess.Popen(
        [tbprof, "run", "--logdir", logdir, "--name", name, "--", train, "--steps", "100000",
         "--step-log", log, "--slow-every", "25", "--checkpoint", log + ".checkpoint"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True)
    deadline = time.monotonic() + 60
    while not (os.path.exists(log) and os.path.getsize(log) > 0):
        if run.poll() is not None or time.monotonic() > deadline:
            run.kill()
            raise RuntimeError(f"the program makes no step: {run.stderr.read().decode()}")
        time.sleep(0.005)
    time.sleep(after_s)
    if kill_group:
        os.killpg(run.pid, signal.SIGKILL)
    else:
        os.kill(program_below(run.pid), signal.SIGKILL)
    said = run.communicate(timeout=60)[1].decode()
    if run.returncode != -signal.SIGKILL:
        raise RuntimeError(f"tbprof run ended with {run.returncode} instead of by SIGKILL: {said}")
    return read_step_log(log), said


def page_steps(shown):
    """{number: duration_ns} of the complete steps in the page's table."""
    scale = MILLISECONDS[shown["unit"].split(",")[-1].strip()] * 1e6
    number = lambda text: float(text.replace("\u202f", "").replace("\u00a0", "").replace(",", "")
                                .replace(" ", ""))
    return {int(number(step)): number(duration) * scale
            for step, duration, state in shown["rows"] if state == "complete"}


def round_complaints(tbprof, train, logdir, served, page, name, kill_group, after_s):
    printed, said = record_and_kill(tbprof, train, logdir, name, kill_group, after_s)
    found = []
    if not kill_group and not ("killed" in said and "recorded up to" in said):
        found.append(f"tbprof run does not say that the program was killed: {said}")

    path = os.path.join(logdir, name)
    text = subprocess.run([tbprof, "analyze", path], capture_output=True, text=True, timeout=60)
    if "cut" not in text.stdout:
        found.append(f"tbprof analyze does not say that the recording was cut: {text.stdout[:300]}")
    done = subprocess.run([tbprof, "analyze", path, "--format", "json"], capture_output=True,
                          text=True, timeout=60, check=True)
    analyzed = json.loads(done.stdout)
    recorded = recorded_steps(analyzed)
    found += complaints(recorded, printed)
    if found:
        return [f"{name}: {sentence}" for sentence in found]
    lacking_ns, left_out = missing_at_the_end(analyzed, printed)
    if left_out:
        found.append(f"steps {left_out[:5]} ended before the recording says it was cut")
    if lacking_ns > MOST_MISSING_NS:
        found.append(f"{lacking_ns / 1e6:.0f} ms are missing at the end")
    if analyzed["capture"]["state"] != "cut":
        found.append(f"tbprof analyze has the state {analyzed['capture']['state']}")

    capture = served.capture(name, state="cut")
    answered = served.ask("plugin/overview/report", capture=capture["id"])
    if recorded_steps(answered) != recorded:
        found.append("the server's steps are others than those of tbprof analyze")
    if answered["capture"]["state"] != "cut":
        found.append(f"the server's answer has the state {answered['capture']['state']}")

    if page is not None:
        shown = page.read(f"{served.url}#/overview?capture={capture['id']}&table=1")
        drawn = page_steps(shown)
        if sorted(drawn) != sorted(recorded):
            found.append(f"the page shows {len(drawn)} steps, {len(recorded)} were recorded")
        odd = [step for step in drawn if differs(drawn[step], recorded.get(step, 0))]
        if odd:
            found.append(f"the page shows other times for steps {odd[:5]}")
        if "was cut" not in shown["page"]:
            found.append("the page does not say that the recording was cut")
    print(f"{name}: killed {'all' if kill_group else 'the program'} after {after_s:.2f} s, "
          f"{len(printed)} steps printed, {len(recorded)} recorded, {max(0, lacking_ns) / 1e6:.0f} ms "
          "missing", flush=True)
    return [f"{name}: {sentence}" for sentence in found]


def main(tbprof, train, chromium=""):
    seed = int(os.environ.get("TBPROF_E2E_SEED", random.randrange(1 << 30)))
    moment = random.Random(seed)
    print(f"{ROUNDS} rounds, TBPROF_E2E_SEED={seed}", flush=True)
    found = []
    with tempfile.TemporaryDirectory(prefix="tbprof_whole_way_") as folder:
        logdir = os.path.join(folder, "logdir")
        os.mkdir(logdir)
        page = Page(chromium) if chromium else None
        with Served(tbprof, logdir) as served:
            for number in range(ROUNDS):
                found += round_complaints(tbprof, train, logdir, served, page, f"round_{number}",
                                          number % 4 == 3, moment.uniform(0.3, LONGEST_RUN_S))
        if page is not None:
            page.close()
    for sentence in found:
        print(sentence, file=sys.stderr)
    if page is None:
        print("There is no Chromium here: the page was not looked at.")
    print("FAILED" if found else f"OK: {ROUNDS} rounds agree")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
