"""Programs that know what they did, compared with what was recorded of them."""

import glob
import json
import os

from compare_truth import compare

RUN_LIMIT_S = 30


def _compare_one(place, program, graphs):
    name = os.path.basename(program).removeprefix("truth_")
    truth_path = os.path.join(place.scratch("truth"), f"{name}_{graphs}.json")
    done = place.record(f"truth_{name}_{graphs}", [program, truth_path], RUN_LIMIT_S, graphs)
    row = {"status": done["status"], "seconds": done["seconds"], "trace_bytes": done["trace_bytes"]}
    if done["status"] == 77:
        return {**row, "skipped": done["errors"].strip()}
    if done["errors"]:
        row["errors"] = done["errors"]
    if done["status"] != 0 or not os.path.exists(truth_path):
        return {**row, "equal": False, "differences": ["the program failed"]}
    listing, reason = place.listing(done["trace"])
    if listing is None:
        return {**row, "equal": False, "differences": [reason]}
    with open(truth_path, encoding="utf-8") as file:
        truth = json.load(file)
    row.update(compare(truth, listing, graphs))
    row.update(overheads=listing["overheads"], properties=listing["properties"], losses=listing["losses"])
    return row


def run(place):
    programs = sorted(glob.glob(place.binary("truth_*")))
    rows = {}
    for program in programs:
        for graphs in ["launch", "node"] if program.endswith("truth_graphs") else ["launch"]:
            name = os.path.basename(program) + ("" if graphs == "launch" else " by node")
            rows[name] = _compare_one(place, program, graphs)
    judged = [row for row in rows.values() if "equal" in row]
    return {"good": bool(judged) and all(row["equal"] for row in judged),
            "equal": sum(row["equal"] for row in judged), "of": len(judged), "programs": rows}
