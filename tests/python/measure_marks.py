"""What an event of a Python program costs: the same calls alone, under `tbprof run --operators off`
and, where torch is built with CUDA, with its operators (an addition is one of them, two events).

usage: measure_marks.py TBPROF PYTHON   (with torch)
Each arm runs five times, in turns; figures are medians of the runs' own medians, in nanoseconds of the
thread's processor time a call.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

MODULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python")
PROGRAM = """
import json, statistics, sys, time, tbprof, torch
torch.set_num_threads(1)

class Leaf(torch.nn.Module):
    def forward(self, x): return x

class Tree(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.leaf = Leaf()
    def forward(self, x):
        for _ in range(100): self.leaf(x)
        return x

leaf, tree, mark = Leaf(), Tree(), tbprof.range("range")
optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
loss, vector = torch.zeros(1, requires_grad=True), torch.zeros(2)

def ns_each(action, times, calls=1):
    samples = []
    for _ in range(15):
        began = time.thread_time_ns()
        for _ in range(times): action()
        samples.append((time.thread_time_ns() - began) / times / calls)
        time.sleep(0.02)  # for the writer
    return statistics.median(samples)

def ranged():
    with mark: pass

optimizer.step()
print(json.dumps({"range": ns_each(ranged, 3000), "outermost module": ns_each(lambda: leaf(1), 3000),
                  "module within": ns_each(lambda: tree(1), 50, 100),
                  "backward": ns_each(lambda: loss.backward(), 500),
                  "optimizer": ns_each(optimizer.step, 500),
                  "addition": ns_each(lambda: vector + vector, 1000)}))
"""


def one_run(command):
    done = subprocess.run(command, capture_output=True, env=dict(
        os.environ, PYTHONPATH=MODULES, TBPROF_BUFFER_KB="4096"))
    if done.returncode != 0:
        sys.exit(done.stderr.decode())
    return json.loads(done.stdout)


def main(tbprof, python):
    arms = {"off": None, "on": ["--operators", "off"], "with operators": ["--operators", "on"]}
    runs = {arm: [] for arm in arms}
    with tempfile.TemporaryDirectory() as logdir:
        for _ in range(5):
            for arm, flags in arms.items():
                tool = [] if flags is None else [tbprof, "run", "--quiet", *flags, "--logdir", logdir, "--"]
                runs[arm].append(one_run([*tool, python, "-c", PROGRAM]))
    for what in runs["off"][0]:
        off, on, all_on = (statistics.median(run[what] for run in runs[arm]) for arm in arms)
        print(f"{what}: off {off:.0f} ns, added {on - off:.0f} ns, with operators {all_on - off:.0f} ns")


if __name__ == "__main__":
    main(*sys.argv[1:])
