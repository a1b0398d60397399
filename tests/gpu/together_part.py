"""The recorder beside others and in programs that end in odd ways: torch.profiler, compute-sanitizer, a
thousand recordings in a process, every way to end."""

import os
import shutil

from place import last_json

CASES = ["return", "exit", "_exit", "quick_exit", "abort", "kill", "terminate", "fault", "exit_on_a_thread",
         "reset", "work_in_flight", "fork", "fork_and_exit", "exec", "failing_kernel"]
PYTHON_START = ("import os, sys\ntry:\n  import torch\nexcept ImportError:\n  sys.exit(77)\n"
                "d = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
                "print((torch.ones(1000, device=d) + 1).sum().item(), flush=True)\n")
PYTHON_CASES = {
    "os._exit": "os._exit(5)",
    "SystemExit": "raise SystemExit(6)",
    "exception": "raise RuntimeError('why')",
    "os.fork": "p = os.fork()\np or os._exit(7)\nprint(os.waitpid(p, 0)[1])",
    "DataLoader workers": "from torch.utils.data import DataLoader\nprint(sum(float(b.to(d).sum()) for b in "
                          "DataLoader(list(range(64)), batch_size=8, num_workers=2)))",
}
HERE = os.path.dirname(os.path.abspath(__file__))


def _compare_ends(place, commands, python, limit_s):
    rows = {}
    for case, command in commands.items():
        alone = place.run(command, limit_s, place.environment(python))
        recorded = place.record("end", command, limit_s, python=python)
        same = all(alone[key] == recorded[key] for key in ("status", "out", "errors"))
        rows[case] = {"same": same, "status": recorded["status"], "seconds": recorded["seconds"],
                      "seconds_alone": alone["seconds"], "trace": recorded["trace"] is not None}
        if not same:
            rows[case].update(alone=alone, recorded=recorded)
    return {"good": all(row["same"] for row in rows.values()), "cases": rows}


def ends(place):
    """Status and output of every way to end, alone and recorded."""
    return _compare_ends(place, {case: [place.binary("gpu_end_cases"), case] for case in CASES}, False, 20)


def python_ends(place):
    """The same of Python programs that use PyTorch on the GPU."""
    return _compare_ends(place, {case: [place.python, "-c", PYTHON_START + code]
                                 for case, code in PYTHON_CASES.items()}, True, 40)


def windows(place):
    done = place.record("windows", [place.binary("gpu_launch_workload"), "windows", "1000"], 60)
    figures = last_json(done["out"])
    return {"good": done["status"] == 0 and figures.get("windows", 0) >= 1000, "status": done["status"],
            "seconds": done["seconds"], "errors": done["errors"][-500:], **figures}


def torch_profiler(place):
    rows = {}
    device = ["cpu"] if place.standin else ["cuda"]
    for when in ("alone", "before", "during", "after"):
        command = [place.python, os.path.join(HERE, "torch_beside.py"), when, *device]
        if when == "alone":
            done = place.run(command, 40, place.environment(python=True))
        else:
            done = place.record(f"torch_{when}", command, 40, python=True)
        if done["status"] == 77:
            return {"good": False, "skipped": done["errors"].strip()}
        figures = last_json(done["out"])
        rows[when] = {"status": done["status"], "errors": done["errors"][-800:], **figures}
        if when != "alone":
            listing, reason = place.listing(done["trace"])
            rows[when]["recorded"] = reason or {key: listing[key] for key in ("slices", "losses", "state")}
            if listing is not None:
                rows[when]["recorded"]["kernels"] = sum(k["count"] for k in listing["kernels"].values())
    alone = rows["alone"]
    good = all(row["status"] == 0 and row.get("loss") == alone.get("loss") for row in rows.values())
    seen = [row.get("torch_kernels") for row in rows.values()]
    return {"good": good and len(set(seen)) == 1, "kernels_seen_by_torch": seen, "runs": rows}


def sanitizer(place):
    tool = shutil.which("compute-sanitizer") or "/usr/local/cuda/bin/compute-sanitizer"
    if not os.path.exists(tool):
        return {"good": False, "skipped": "compute-sanitizer is not installed"}
    program = place.binary("truth_launches")
    rows = {"alone": place.run([tool, "--error-exitcode", "9", program], 40),
            # It holds CUPTI: the host's side is recorded, and one line says why not the rest.
            "around the recorded program": place.record("sanitizer", [tool, "--error-exitcode", "9", program], 40)}
    for row in rows.values():
        row["out"] = row["out"][-600:]
    return {"good": all(row["status"] == 0 for row in rows.values()), "runs": rows}
