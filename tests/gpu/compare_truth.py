"""Compares what a program says that it did on the GPU (truth.json of samples/truth) with what a
recording of it holds (the listing of gpu_trace_listing). Everything must be equal; times of the device
must lie on a line of slope 1 within 0.1 %, whose intercept is reported.

usage: compare_truth.py TRUTH.json LISTING.json [launch|node]
Prints a JSON object: {"equal": …, "differences": […], "device_times": {…}}; ends with 1 if something
differs. launch or node: how CUDA graphs were recorded.
"""

import json
import sys

MAX_SLOPE_ERROR = 0.001


def fit(x, y):
    """Least squares: slope, intercept, and the largest distance from the line."""
    count = len(x)
    mean_x, mean_y = sum(x) / count, sum(y) / count
    spread = sum((a - mean_x) ** 2 for a in x)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / spread
    intercept = mean_y - slope * mean_x
    return slope, intercept, max(abs(b - intercept - slope * a) for a, b in zip(x, y))


class Comparison:
    def __init__(self, truth, listing, graphs):
        self.truth, self.listing, self.graphs = truth, listing, graphs
        self.differences = []
        self.device_times = {}

    def differ(self, what, wanted, got):
        self.differences.append(f"{what}: done {wanted}, recorded {got}")

    def same(self, what, wanted, got):
        if wanted != got:
            self.differ(what, wanted, got)

    def counts(self, key, wanted, got):
        for name in sorted(set(wanted) | set(got)):
            self.same(f"{key} {name}", wanted.get(name, 0), got.get(name, 0))

    def wanted_kernels(self):
        wanted = dict(self.truth.get("kernels", {}))
        if self.graphs == "node":
            for name, count in self.truth.get("graph_kernels", {}).items():
                wanted[name] = wanted.get(name, 0) + count * self.truth["graph_replays"]
        return wanted

    def kernels(self):
        recorded = self.listing["kernels"]
        self.counts("kernel", self.wanted_kernels(), {name: k["count"] for name, k in recorded.items()})
        for name, kernel in recorded.items():
            self.same(f"launch calls of kernel {name}", kernel["count"], kernel["linked"])
        shapes = {f"{name} {shape}": count for name, kernel in recorded.items()
                  for shape, count in kernel.get("shapes", {}).items()}
        for name, count in self.truth.get("shapes", {}).items():
            self.same(f"shape {name}", count, shapes.get(name, 0))
        if "graph_replays" in self.truth:
            replays = self.listing["graph_launches"].get("replays", {"count": 0})["count"]
            self.same("graph replays", self.truth["graph_replays"] if self.graphs == "launch" else 0, replays)

    def copies(self):
        for key in ("copies", "memsets"):
            wanted, got = self.truth.get(key, {}), self.listing[key]
            for name in sorted(set(wanted) | set(got)):
                one = wanted.get(name, {"count": 0, "bytes": 0})
                other = got.get(name, {"count": 0, "linked": 0})
                self.same(f"number of {name}", one["count"], other["count"])
                self.same(f"bytes of {name}", one["bytes"], other.get("bytes", 0))
                self.same(f"calls of {name}", other["count"], other["linked"])

    def host(self):
        calls = self.listing["calls"]
        for name, count in self.truth.get("calls", {}).items():
            self.same(f"calls of {name}", count, calls.get(name, 0))
        for name, count in self.truth.get("calls_at_least", {}).items():
            if calls.get(name, 0) < count:
                self.differ(f"calls of {name}", f"at least {count}", calls.get(name, 0))
        for name, count in self.truth.get("waits", {}).items():
            self.same(f"waits: {name}", count, self.listing["waits"].get(name, 0))
        if "launches_by_thread" in self.truth:
            self.counts("launches of thread", self.truth["launches_by_thread"],
                        self.listing["launches_by_thread"])
        if "streams" in self.truth and not self.truth.get("graph_replays"):
            self.same("work on each stream", sorted(self.truth["streams"]), sorted(self.listing["streams"]))

    def memory(self):
        if "memory" not in self.truth:
            return
        wanted = self.truth["memory"]
        got = self.listing["counters"].get("GPU 0 allocated bytes")
        if got is None:
            self.differ("GPU memory", wanted, "nothing")
            return
        self.same("allocations", [wanted["allocations"]["count"], wanted["allocations"]["bytes"]],
                  [got["rises"], got["risen_by"]])
        self.same("releases", [wanted["releases"]["count"], wanted["releases"]["bytes"]],
                  [got["falls"], got["fallen_by"]])
        self.same("most memory allocated", wanted["peak_bytes"], int(got["highest"]))

    def device(self):
        wanted = self.truth.get("device")
        if wanted is None:
            return
        properties = self.listing["properties"]
        self.same("name of the GPU", wanted["name"], properties.get("gpu0.name"))
        self.same("multiprocessors", str(wanted["multiprocessors"]), properties.get("gpu0.multiprocessors"))

    def times(self):
        spins = self.truth.get("device_times")
        if not spins:
            return
        recorded = sorted(self.listing["kernels"].get(spins[0]["kernel"], {}).get("times_ns", []))
        if len(recorded) != len(spins):
            self.differ("kernels of known time", len(spins), len(recorded))
            return
        first = spins[0]["start_ns"]
        for what, x, y in [
                ("durations", [s["end_ns"] - s["start_ns"] for s in spins], [r[1] for r in recorded]),
                ("starts", [s["start_ns"] - first for s in spins], [r[0] - recorded[0][0] for r in recorded])]:
            slope, intercept_ns, farthest_ns = fit(x, y)
            self.device_times[what] = {"slope": slope, "intercept_ns": intercept_ns,
                                       "farthest_from_line_ns": farthest_ns, "kernels": len(x)}
            if abs(slope - 1) > MAX_SLOPE_ERROR:
                self.differ(f"slope of {what} of kernels of known time", "1 within 0.1 %", f"{slope:.6f}")

    def losses(self):
        self.counts("lost", {}, self.listing["losses"])
        self.same("state of the recording", "finished", self.listing["state"])

    def compare(self):
        for part in (self.kernels, self.copies, self.host, self.memory, self.device, self.times, self.losses):
            part()
        return {"equal": not self.differences, "differences": self.differences,
                "device_times": self.device_times}


def compare(truth, listing, graphs="launch"):
    return Comparison(truth, listing, graphs).compare()


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        truth = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        listing = json.load(file)
    result = compare(truth, listing, *sys.argv[3:4])
    print(json.dumps(result, indent=1))
    return 0 if result["equal"] else 1


if __name__ == "__main__":
    sys.exit(main())
