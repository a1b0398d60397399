"""PyTorch programs under `tbprof run`: their steps and phases are marked, and nothing else changes.

usage: torch_test.py TBPROF [unittest arguments]
Runs with each interpreter of torch_pythons.py. Without any, all is skipped.
"""

import os
import sys
import tempfile
import textwrap
import unittest

from recording import Recording, run_alone, run_recorded
from torch_pythons import TORCH_PYTHONS

BEGIN = textwrap.dedent("""
    import sys, torch
    from torch import nn
    from torch.utils.data import DataLoader, Dataset, IterableDataset
    torch.set_num_threads(1)
    class Squares(Dataset):
        def __init__(self, size): self.size = size
        def __len__(self): return self.size
        def __getitem__(self, i): return torch.full((4,), float(i)), torch.tensor([float(i * i)])
    class Stream(IterableDataset):
        def __iter__(self): return iter([(torch.ones(4), torch.ones(1))] * 12)
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
        def forward(self, x): return self.layers(x)
    net, loss_of = Net(), nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    def turn(batch):
        optimizer.zero_grad()
        loss = loss_of(net(batch[0]), batch[1])
        loss.backward()
        optimizer.step()
        return loss.item()
""")


@unittest.skipUnless(TORCH_PYTHONS, "no Python here can import torch")
class Torch(unittest.TestCase):
    def recordings(self, program, pythons=TORCH_PYTHONS, **options):
        """One recording by interpreter of a program that goes on from BEGIN."""
        with tempfile.TemporaryDirectory(prefix="tbprof_torch_") as folder:
            path = os.path.join(folder, "train.py")
            with open(path, "w", encoding="ascii") as file:
                file.write(BEGIN + textwrap.dedent(program))
            for python in pythons:
                with self.subTest(python=python):
                    recording = Recording([python, path], cwd=folder, **options)
                    self.assertEqual(recording.status, 0, recording.error)
                    yield recording

    def counts(self, recording, operators=False):
        return {key: row["count"] for key, row in recording.ranges().items()
                if (key[1] == "cpu_operator") == operators}

    def numbers(self, recording):
        return [(step["number"], step["complete"]) for step in recording.steps()]

    def test_a_training_loop(self):
        for workers in [0, 2]:
            for recording in self.recordings(f"""
                if __name__ == "__main__":
                    loader = DataLoader(Squares(20), batch_size=4, num_workers={workers})
                    for epoch in range(2):
                        for batch in loader: turn(batch)
                        with torch.no_grad():
                            for batch in loader: net(batch[0])
                    torch.save(net.state_dict(), "model.pt")
            """):
                self.assertEqual(self.numbers(recording), [(number, True) for number in range(10)])
                self.assertEqual(self.counts(recording), {
                    ("step", "step"): 10, ("DataLoader", "input"): 24,
                    ("Net.forward", "forward"): 20, ("MSELoss.forward", "forward"): 10,
                    ("backward", "backward"): 10, ("SGD.step", "optimizer"): 10,
                    ("torch.save", "checkpoint"): 1})
                for step in recording.steps():
                    self.assertEqual({part for part, ns in step["parts"].items() if ns > 0},
                                     {"input", "forward", "backward", "optimizer", "other"})

    def test_workers_of_every_kind(self):
        for method in ["fork", "spawn", "forkserver"]:
            for recording in self.recordings(f"""
                if __name__ == "__main__":
                    for batch in DataLoader(Squares(8), batch_size=4, num_workers=1,
                                            multiprocessing_context="{method}"):
                        turn(batch)
            """):
                self.assertEqual(self.numbers(recording), [(0, True), (1, True)])

    def test_workers_record_while_the_program_does(self):
        """The steps of a window are the program's; a worker has none, whatever it computes."""
        program = """
            import time, tbprof
            class Slow(Squares):
                def __getitem__(self, i):
                    with tbprof.range("decode"): time.sleep(0.02)
                    net(torch.ones(4))
                    return super().__getitem__(i)
            if __name__ == "__main__":
                loader = DataLoader(Slow(80), batch_size=2, num_workers=1, persistent_workers=True,
                                    multiprocessing_context="METHOD")
                for batch in loader: turn(batch)
        """
        for method in ["fork", "spawn", "forkserver"]:
            for recording in self.recordings(program.replace("METHOD", method),
                                             flags=["--steps", "25-34"]):
                trainer, worker = sorted(recording.files, key=lambda file:
                                         -len(file["overview"]["steps"]["list"]))
                self.assertEqual([step["number"] for step in trainer["overview"]["steps"]["list"]],
                                 list(range(25, 35)))
                self.assertEqual(worker["overview"]["steps"]["list"], [])
                counts = {row["name"]: row["count"] for row in worker["ranges"]["rows"]}
                self.assertGreater(counts["decode"], 5)
                self.assertLess(counts["decode"], 40)

    def test_micro_batches_share_a_step(self):
        for recording in self.recordings("""
            for number, (x, y) in enumerate(DataLoader(Squares(24), batch_size=2)):
                loss_of(net(x), y).backward()
                if number % 4 == 3:
                    optimizer.step()
                    optimizer.zero_grad()
        """):
            self.assertEqual(self.numbers(recording), [(0, True), (1, True), (2, True)])
            self.assertEqual(self.counts(recording)["Net.forward", "forward"], 12)

    def test_several_optimizers_share_a_step(self):
        for recording in self.recordings("""
            other = torch.optim.Adam(nn.Linear(4, 1).parameters())
            for x, y in DataLoader(Squares(6), batch_size=2):
                turn((x, y))
                net(x).sum().backward()
                other.step()
        """):
            self.assertEqual(self.numbers(recording), [(0, True), (1, True), (2, True)])
            self.assertEqual(self.counts(recording)["Adam.step", "optimizer"], 3)

    def test_a_loop_without_a_loader(self):
        for recording in self.recordings("""
            for number in range(5): turn((torch.ones(2, 4), torch.ones(2, 1)))
        """):
            self.assertEqual(self.numbers(recording), [(number, True) for number in range(5)])

    def test_a_loader_without_length(self):
        for recording in self.recordings("""
            for batch in DataLoader(Stream(), batch_size=4): turn(batch)
        """):
            # That it has ended is known only when the next step has begun.
            self.assertEqual(self.numbers(recording)[:3], [(0, True), (1, True), (2, True)])
            self.assertLessEqual(len(self.numbers(recording)), 4)

    def test_an_optimizer_step_that_was_left_out(self):
        for recording in self.recordings("""
            class Scaler(torch.cuda.amp.GradScaler):
                pass
            scaler = Scaler(enabled=False)
            for number, (x, y) in enumerate(DataLoader(Squares(8), batch_size=2)):
                loss_of(net(x), y).backward()
                if number != 1: scaler.step(optimizer)
                scaler.update()
        """):
            self.assertEqual(self.numbers(recording), [(number, True) for number in range(4)])

    def test_steps_of_the_program_itself(self):
        for recording in self.recordings("""
            import tbprof
            for number, batch in enumerate(DataLoader(Squares(8), batch_size=2)):
                with tbprof.step(100 + number):
                    turn(batch)
        """):
            ours = [pair for pair in self.numbers(recording) if pair[0] >= 100]
            self.assertEqual(ours, [(100 + number, True) for number in range(4)])
            # What came before the program's first step is at most one of the hook's.
            self.assertLessEqual(len(self.numbers(recording)), 5)

    def test_a_step_pattern_leaves_the_steps_to_it(self):
        for recording in self.recordings("for i in range(3): turn((torch.ones(2, 4), torch.ones(2, 1)))",
                                         environment={"TBPROF_STEP_PATTERN": "batch #"}):
            self.assertEqual(self.numbers(recording), [])
            self.assertEqual(self.counts(recording)["SGD.step", "optimizer"], 3)

    def test_training_in_another_thread(self):
        for recording in self.recordings("""
            import threading
            def train():
                for batch in DataLoader(Squares(8), batch_size=2): turn(batch)
            thread = threading.Thread(target=train)
            thread.start()
            thread.join()
        """):
            complete = [number for number, whole in self.numbers(recording) if whole]
            self.assertGreaterEqual(len(complete), 3)

    def test_exceptions(self):
        """Ranges end with the call that raises; type, text and cause are the program's."""
        for recording in self.recordings("""
            class Fails(Net):
                def forward(self, x): raise KeyError("mine")
            class Bad(Squares):
                def __getitem__(self, i): raise ValueError(i)
            for action in [lambda: Fails()(torch.ones(4)), lambda: next(iter(DataLoader(Bad(3)))),
                           lambda: torch.ones(2).backward(), lambda: torch.save(lambda: 0, "/no/such")]:
                try:
                    action()
                except Exception as error:
                    print(type(error).__name__, str(error)[:20], error.__cause__)
            turn((torch.ones(2, 4), torch.ones(2, 1)))
        """):
            self.assertEqual(recording.out.splitlines()[:2],
                             ["KeyError 'mine' None", "ValueError 0 None"])
            self.assertEqual(self.numbers(recording), [(0, True)])
            self.assertEqual(self.counts(recording)["Fails.forward", "forward"], 1)

    def test_the_results_are_the_same(self):
        program = BEGIN + textwrap.dedent("""
            torch.manual_seed(5)
            import inspect, pickle, copy
            for batch in DataLoader(Squares(20), batch_size=4, shuffle=True): print(turn(batch))
            print(inspect.signature(nn.Module.__call__), inspect.signature(torch.save))
            print(nn.Module.__call__.__name__, torch.autograd.backward.__name__, torch.save.__module__)
            print(pickle.loads(pickle.dumps(torch.save)) is torch.save, torch.__spec__.loader)
            scripted = torch.jit.script(net)
            traced = torch.jit.trace(net, torch.ones(1, 4))
            print(torch.equal(scripted(torch.ones(1, 4)), traced(torch.ones(1, 4))))
            print(copy.deepcopy(net)(torch.ones(1, 4)).shape)
            import torch.fx
            print(torch.fx.symbolic_trace(net).code)
            @torch.jit.script
            def labelled(x):
                with torch.autograd.profiler.record_function("label"):
                    return x + 1
            print(labelled(torch.ones(1)))
        """)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="ascii") as file:
                file.write(program.replace("torch.set_num_threads(1)",
                                           "torch.set_num_threads(1); torch.manual_seed(3)"))
            for python in TORCH_PYTHONS:
                alone, recorded = run_alone([python, path]), run_recorded([python, path])
                self.assertEqual(alone[0], 0, alone[2].decode())
                cut = lambda out: out.decode().split(" object at ")
                self.assertEqual(cut(recorded[1])[0], cut(alone[1])[0])
                self.assertEqual(recorded[1][-60:], alone[1][-60:])
                self.assertEqual((recorded[0], recorded[2]), (alone[0], alone[2]))

    def test_the_programs_own_profiler(self):
        """Before, during and after: it counts what it counts alone. Alone it may count an operator or
        two more or less from run to run, so that one pair of runs in five has to agree."""
        program = """
            torch.manual_seed(7)
            from torch.profiler import ProfilerActivity, profile, schedule
            def names(prof):  # of the last window
                return sorted((row.key, row.count) for row in prof.key_averages()
                              if not row.key.startswith(("cuda", "Activity Buffer")))
            batches = DataLoader(Squares(20), batch_size=4)
            for batch in batches: turn(batch)
            for part in range(2):
                with profile(activities=[ProfilerActivity.CPU],
                             schedule=schedule(wait=1, warmup=1, active=2, repeat=1)) as prof:
                    for batch in batches:
                        turn(batch)
                        prof.step()
                print(names(prof))
                for batch in batches: turn(batch)
        """
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.py")
            with open(path, "w", encoding="ascii") as file:
                file.write(BEGIN + textwrap.dedent(program))
            for python in TORCH_PYTHONS:
                for _ in range(5):
                    alone, recorded = run_alone([python, path]), run_recorded([python, path])
                    self.assertIn(b"ProfilerStep", alone[1])
                    if recorded[:2] == alone[:2]:
                        break
                self.assertEqual(recorded[:2], alone[:2])
        for recording in self.recordings(program):
            self.assertEqual(len(self.numbers(recording)), 25)

    def pythons_with_nvtx(self):
        found = []
        for python in TORCH_PYTHONS:
            if run_alone([python, "-c", "import torch; print(torch.version.cuda)"])[1] != b"None\n":
                found.append(python)
        return found

    def test_operators(self):
        """Of each thread that trains, within the window only, and never of the program's profilers."""
        program = """
            import threading
            from torch.autograd.profiler import profile, record_function
            def work():
                for i in range(6):
                    with record_function("turn"): turn((torch.ones(2, 4), torch.ones(2, 1)))
            torch.linspace(0, 1, 2)  # before the first step
            work()
            torch.logspace(0, 1, 2)  # after the window
            with profile() as theirs: turn((torch.ones(2, 4), torch.ones(2, 1)))
            print(sum(row.count for row in theirs.key_averages() if row.key == "aten::mse_loss"))
        """
        window = ["--steps", "2-3"]
        pythons = self.pythons_with_nvtx()
        if not pythons:
            self.skipTest("no PyTorch here is built with CUDA")
        for flags in [[], window, ["--operators", "on"]]:
            for recording in self.recordings(program, pythons=pythons, flags=flags):
                self.assertEqual(recording.out, "1\n")
                self.assertNotIn("RecordFunction", recording.error)
                self.assertNotIn("callback", recording.error)
                counts = self.counts(recording, operators=True)
                turns = 2 if flags == window else 6
                self.assertEqual(counts["aten::mse_loss", "cpu_operator"], turns)
                self.assertEqual(counts["AddmmBackward0", "cpu_operator"], 2 * turns)
                self.assertNotIn(("aten::linspace", "cpu_operator"), counts)
                self.assertEqual(("aten::logspace", "cpu_operator") in counts, flags != window)
                self.assertGreater(recording.steps()[1]["parts"]["forward"], 0)
        for recording in self.recordings(program, pythons=pythons, flags=["--operators", "off"]):
            self.assertEqual(self.counts(recording, operators=True), {})

    def test_operators_of_other_threads_and_children(self):
        """Neither a thread's end nor a fork within the window is heard of."""
        pythons = self.pythons_with_nvtx()
        if not pythons:
            self.skipTest("no PyTorch here is built with CUDA")
        for recording in self.recordings("""
            import os, threading
            def work():
                for i in range(3): turn((torch.ones(2, 4), torch.ones(2, 1)))
                child = os.fork()
                if child == 0:
                    torch.ones(2) + 1
                    os._exit(3)
                print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            thread = threading.Thread(target=work)
            thread.start(); thread.join()
            work()
        """, pythons=pythons):
            self.assertEqual((recording.out, recording.error), ("3\n3\n", ""))
            counts = self.counts(recording, operators=True)
            self.assertEqual(counts["aten::mse_loss", "cpu_operator"], 6)

    def test_operators_where_torch_has_no_nvtx(self):
        """Nothing is said unless they were asked for."""
        for python in TORCH_PYTHONS:
            if python in self.pythons_with_nvtx():
                continue
            for flags, line in [([], b""), (["--operators", "off"], b""),
                                (["--operators", "on"], b"tbprof: no operators of PyTorch are recorded: "
                                 b"this PyTorch is built without CUDA, and so without NVTX\n")]:
                said = run_recorded([python, "-c", "import torch"], quiet=False, flags=flags)[2]
                self.assertEqual(b"no operators" in said, line != b"")
                self.assertIn(line, said)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
