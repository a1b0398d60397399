"""Millions of kernels through a small pool of device buffers: no bad time that is not marked, no more
GPU memory than the budget, and what of it comes back."""

import os

from place import last_json

KERNELS, REPLAYS = 100, 20_000
# CUPTI's buffers are just under 4 MiB, so that this is a limit of 8.
BUDGET_MIB = 32
BUDGET_VARIABLE = "TBPROF_GPU_MEMORY_MB"
# Kinds of loss whose events are in the recording all the same.
STILL_THERE = {"suspect_time", "name_truncated"}


def _judge(place, done, graphs):
    row = {"graphs": graphs, "status": done["status"], "seconds": done["seconds"], **last_json(done["out"])}
    if done["errors"]:
        row["errors"] = done["errors"][-500:]
    taken = row.get("gpu_mib_taken") or []
    row["most_gpu_mib_taken"] = max(taken) if taken else None
    listing, reason = place.listing(done["trace"])
    if listing is None:
        return {**row, "good": False, "trouble": reason}
    kernels = sum(kernel["count"] for kernel in listing["kernels"].values())
    replays = sum(graph["count"] for graph in listing["graph_launches"].values())
    row.update(kernels_recorded=kernels, replays_recorded=replays, losses=listing["losses"],
               trace_bytes=done["trace_bytes"], properties=listing["properties"])
    wanted = REPLAYS if graphs == "launch" else KERNELS * REPLAYS
    got = replays if graphs == "launch" else kernels
    # What is missing must be said to be missing: counted, or by the word that recording stopped.
    row["unmarked"] = wanted - got - sum(count for kind, count in listing["losses"].items()
                                         if kind not in STILL_THERE)
    row["stopped"] = listing["properties"].get("cuda.stopped", "")
    row["good"] = row["status"] == 0 and (row["unmarked"] <= 0 or row["stopped"] != "")
    return row


def _cupti_alone(place, command, graphs, flush):
    """Which of it is CUPTI's doing: how many kernels come until the first bad time, flushed or not."""
    done = place.null(command, 60, graphs, extra={"GPU_NULL_BUDGET_MIB": str(BUDGET_MIB), "GPU_NULL_CHECK": "1",
                                                  "GPU_NULL_FLUSH": flush})
    return {"null consumer": True, "graphs": graphs, "flushed each second": flush == "1",
            "status": done["status"], "seen": last_json(done["errors"]), **last_json(done["out"])}


def run(place):
    rows = []
    command = [place.binary("gpu_launch_workload"), "pressure", str(KERNELS), str(REPLAYS)]
    for graphs in ("launch", "node"):
        for variables in ({BUDGET_VARIABLE: str(BUDGET_MIB)}, {}):
            done = place.record(f"pressure_{graphs}_{len(variables)}", command, 60, graphs, extra=variables)
            rows.append({"variables": variables, **_judge(place, done, graphs)})
    rows += [_cupti_alone(place, command, graphs, flush) for graphs in ("launch", "node")
             for flush in ("1", "0")]
    judged = [row for row in rows if "good" in row]
    return {"good": all(row["good"] for row in judged), "runs": rows, "cores": os.cpu_count()}
