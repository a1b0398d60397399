"""What recording costs: the same work alone, with CUPTI and a consumer that throws all away, recorded,
and for PyTorch under torch.profiler, in turn, so that slow changes of the machine hit all alike."""

import json
import os

import bootstrap
from place import last_json

ROUNDS = 5
# Work of launch_workload.cu: name, arguments, the figure that counts, and how graphs are recorded.
WORKLOADS = [
    ("empty launches", ["empty", "1000000"], "us_a_kernel", ["launch"]),
    ("kernels of 100 us", ["spin", "10000", "100"], "us_a_kernel", ["launch"]),
    ("graph of 300 kernels", ["graph", "300", "2000", "2"], "us_a_replay", ["launch", "node"]),
]
TORCH_MODELS = "mlp,transformer,resnet"
# What is aimed at, and what is reported beside the figures.
MOST_OVER_NULL = 1.2
FINALIZE_VARIABLE = "TBPROF_FINALIZE"
MOST_ADDED_TO_LONG_KERNELS = 0.01


def _one(place, arm, name, command, graphs):
    if arm == "off":
        return place.run(command, 60)
    if arm == "null":
        return place.null(command, 60, graphs)
    return place.record(name.replace(" ", "_"), command, 60, graphs)


def _summary(arms, key):
    """Figures by arm, and each arm against off and against null."""
    values = {arm: [row[key] for row in rows if key in row] for arm, rows in arms.items()}
    out = {"figure": key}
    for arm, rows in arms.items():
        out[arm] = {key: bootstrap.median(values[arm]),
                    "peak_memory_kib": bootstrap.median([r["peak_memory_kib"] for r in rows
                                                         if "peak_memory_kib" in r]),
                    "gpu_mib_taken": bootstrap.median([r["gpu_mib_taken"] for r in rows
                                                       if "gpu_mib_taken" in r]),
                    "over_off": bootstrap.ratio(values[arm], values.get("off", [])),
                    "added_to_off": bootstrap.difference(values[arm], values.get("off", [])),
                    "over_null": bootstrap.ratio(values[arm], values.get("null", []))}
    ours, null, off = (bootstrap.median(values.get(arm, [])) for arm in ("ours", "null", "off"))
    if ours and null and off and null["median"] > off["median"]:
        # Of what is added to the bare time: ours against CUPTI's own part.
        out["added_ours_over_null"] = ((ours["median"] - off["median"]) /
                                       (null["median"] - off["median"]))
    return out


def native(place, budget_s=170):
    until = place.left_s() - budget_s
    arms = {}
    failures = []
    details = {}
    rounds = 0
    while rounds < ROUNDS and place.left_s() > max(20, until):
        for name, arguments, _, kinds in WORKLOADS:
            command = [place.binary("gpu_launch_workload"), *arguments]
            for graphs in kinds:
                for arm in ("off", "null", "ours"):
                    done = _one(place, arm, f"{name} {graphs}", command, graphs)
                    figures = last_json(done["out"])
                    if done["status"] != 0 or not figures:
                        failures.append({"arm": arm, "work": name, "status": done["status"],
                                         "errors": done["errors"][-500:]})
                        continue
                    arms.setdefault((name, graphs), {}).setdefault(arm, []).append(figures)
                    if arm == "ours" and (name, graphs) not in details:
                        details[name, graphs] = _bytes_an_event(place, done)
        rounds += 1
    works = {}
    for name, _, key, kinds in WORKLOADS:
        for graphs in kinds:
            if (name, graphs) in arms:
                works[f"{name}, by {graphs}"] = {**_summary(arms[name, graphs], key),
                                                 "trace": details.get((name, graphs))}
    return {"good": rounds == ROUNDS and not failures, "rounds": rounds, "aims": _aims(works), "works": works,
            "failures": failures[:10]}


def _aims(works):
    """Which aims are met, by name; a work without all arms says nothing."""
    aims = {}
    for name, work in works.items():
        ours = work.get("ours", {})
        if ours.get("over_null"):
            aims[f"{name}: at most {MOST_OVER_NULL} x CUPTI alone"] = ours["over_null"]["median"] <= MOST_OVER_NULL
        if name.startswith("kernels of 100 us") and ours.get("over_off"):
            aims[f"{name}: less than 1 % added"] = ours["over_off"]["median"] - 1 < MOST_ADDED_TO_LONG_KERNELS
    return aims


def _bytes_an_event(place, done):
    listing, reason = place.listing(done["trace"])
    if listing is None:
        return {"trouble": reason}
    return {"bytes": done["trace_bytes"], "events": listing["slices"],
            "bytes_an_event": done["trace_bytes"] / max(1, listing["slices"]), "losses": listing["losses"]}


def after_window(place):
    """The launch rate after a recording, with and without cuptiFinalize."""
    rows = []
    for _ in range(3):
        # Nobody calls it; the program does, at once; the recorder does, where a call returns.
        for who in ("nobody", "program", "recorder"):
            command = [place.binary("gpu_launch_workload"), "after", "200000", who]
            done = place.record("after", command, 40, extra={FINALIZE_VARIABLE: "1"} if who == "recorder" else None)
            rows.append({"finalized by": who, "status": done["status"], **last_json(done["out"])})
        alone = place.run([place.binary("gpu_launch_workload"), "after", "200000"], 40)
        rows.append({"alone": True, "status": alone["status"], **last_json(alone["out"])})
    return {"good": all(row["status"] == 0 for row in rows), "runs": rows}


def torch_models(place, budget_s=170):
    """Training of PyTorch models; alone and torch.profiler are measured in one process, in this order."""
    until = place.left_s() - budget_s
    arms = {}
    failures = []
    rounds = 0
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "train_models.py")
    while rounds < ROUNDS and place.left_s() > max(30, until):
        for arm in ("off", "null", "ours"):
            out = os.path.join(place.scratch("torch"), f"{arm}_{rounds}.json")
            command = [place.python, script, "--models", TORCH_MODELS, "--out", out]
            if place.standin:
                command += ["--device", "cpu", "--steps", "2", "--small"]
            if arm == "off":
                done = place.run(command + ["--torch-profiler"], 90, place.environment(python=True))
            elif arm == "null":
                done = place.null(command, 90, python=True)
            else:
                done = place.record("train_models", command, 90, python=True)
            if done["status"] != 0 or not os.path.exists(out):
                if done["status"] == 77:
                    return {"good": False, "skipped": done["errors"].strip()}
                failures.append({"arm": arm, "status": done["status"], "errors": done["errors"][-800:]})
                continue
            with open(out, encoding="utf-8") as file:
                for model, figures in json.load(file).items():
                    arms.setdefault(model, {}).setdefault(arm, []).append(figures)
                    if "profiled_ms_a_step" in figures:
                        profiled = {"ms_a_step": figures["profiled_ms_a_step"]}
                        arms[model].setdefault("torch.profiler", []).append(profiled)
        rounds += 1
    return {"good": rounds == ROUNDS and not failures, "rounds": rounds, "failures": failures[:10],
            "models": {model: _summary(rows, "ms_a_step") for model, rows in arms.items()}}
