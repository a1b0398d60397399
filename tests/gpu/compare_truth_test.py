"""The comparer finds every kind of difference, and nothing where there is none."""

import copy
import unittest

from compare_truth import compare

TRUTH = {
    "program": "made",
    "device": {"name": "NVIDIA H200", "multiprocessors": 132},
    "kernels": {"spin()": 3, "add(int*)": 2},
    "shapes": {"add(int*) [4,1,1] [256,1,1]": 2},
    "copies": {"Memcpy HtoD (Pinned -> Device)": {"count": 2, "bytes": 8192}},
    "memsets": {"Memset (Device)": {"count": 1, "bytes": 100}},
    "calls": {"cudaLaunchKernel": 5},
    "calls_at_least": {"cuLaunchKernel": 1},
    "waits": {"Wait for stream": 1},
    "launches_by_thread": {"41": 3, "42": 2},
    "streams": [3, 5],
    "memory": {"allocations": {"count": 2, "bytes": 300}, "releases": {"count": 1, "bytes": 100},
               "peak_bytes": 300},
    "device_times": [{"kernel": "spin()", "start_ns": 1000 + 9_000_000 * i, "end_ns": 1000 + 9_500_000 * i + 100}
                     for i in range(3)],
}


def listing():
    def work(count, times=None, **more):
        return {"count": count, "linked": count, "total_ns": 1, "times_ns": times or [[0, 1]] * count, **more}
    # Recorded kernels are 800 ns longer than what they measure inside.
    spins = [[50 + 9_000_000 * i, 500_000 * i + 900] for i in range(3)]
    return {
        "state": "finished", "losses": {}, "graph_launches": {},
        "kernels": {"spin()": work(3, spins), "add(int*)": work(2, shapes={"[4,1,1] [256,1,1]": 2})},
        "copies": {"Memcpy HtoD (Pinned -> Device)": work(2, bytes=8192)},
        "memsets": {"Memset (Device)": work(1, bytes=100)},
        "calls": {"cudaLaunchKernel": 5, "cuLaunchKernel": 7, "cudaFree": 1},
        "waits": {"Wait for stream": 1},
        "launches_by_thread": {"42": 2, "41": 3}, "streams": [5, 3],
        "counters": {"GPU 0 allocated bytes": {"rises": 2, "risen_by": 300, "falls": 1, "fallen_by": 100,
                                               "highest": 300.0, "last": 200.0}},
        "properties": {"gpu0.name": "NVIDIA H200", "gpu0.multiprocessors": "132"},
    }


def changed(path, value):
    changed_listing = listing()
    place = changed_listing
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return changed_listing


class CompareTruth(unittest.TestCase):
    def test_equal(self):
        result = compare(TRUTH, listing())
        self.assertEqual(result["differences"], [])
        self.assertTrue(result["equal"])
        durations = result["device_times"]["durations"]
        self.assertAlmostEqual(durations["slope"], 1, 9)
        self.assertAlmostEqual(durations["intercept_ns"], 800, 3)

    def test_each_difference_is_found(self):
        cases = [
            (["kernels", "add(int*)", "count"], 3, "kernel add(int*)"),
            (["kernels", "add(int*)"], None, "kernel add(int*)"),
            (["kernels", "extra()"], {"count": 1, "linked": 1}, "kernel extra()"),
            (["kernels", "add(int*)", "linked"], 1, "launch calls of kernel add(int*)"),
            (["kernels", "add(int*)", "shapes"], {"[5,1,1] [256,1,1]": 2}, "shape add(int*)"),
            (["copies", "Memcpy HtoD (Pinned -> Device)", "bytes"], 8191, "bytes of Memcpy"),
            (["copies", "Memcpy DtoH (Device -> Pinned)"], {"count": 1, "linked": 1}, "number of Memcpy DtoH"),
            (["memsets"], {}, "number of Memset"),
            (["calls", "cudaLaunchKernel"], 4, "calls of cudaLaunchKernel"),
            (["calls", "cuLaunchKernel"], None, "at least 1"),
            (["waits"], {}, "waits: Wait for stream"),
            (["launches_by_thread"], {"41": 5}, "launches of thread"),
            (["streams"], [8], "work on each stream"),
            (["counters"], {}, "GPU memory"),
            (["counters", "GPU 0 allocated bytes", "risen_by"], 299, "allocations"),
            (["counters", "GPU 0 allocated bytes", "highest"], 301.0, "most memory"),
            (["properties", "gpu0.name"], "another", "name of the GPU"),
            (["losses"], {"cupti_dropped": 3}, "lost cupti_dropped"),
            (["state"], "cut", "state of the recording"),
        ]
        for path, value, said in cases:
            with self.subTest(path=path):
                result = compare(TRUTH, changed(path, value))
                self.assertFalse(result["equal"])
                self.assertTrue(any(said in line for line in result["differences"]), result["differences"])

    def test_times_off_the_line(self):
        for factor in (1.002, 0.998):
            stretched = listing()
            for time in stretched["kernels"]["spin()"]["times_ns"]:
                time[1] = int(time[1] * factor)
            result = compare(TRUTH, stretched)
            self.assertTrue(any("slope of durations" in line for line in result["differences"]), result)
        lost = listing()
        lost["kernels"]["spin()"]["times_ns"].pop()
        self.assertIn("kernels of known time", " ".join(compare(TRUTH, lost)["differences"]))

    def test_graphs(self):
        truth = copy.deepcopy(TRUTH)
        truth.update(graph_replays=10, graph_kernels={"add(int*)": 3, "mul(int*)": 1})
        del truth["shapes"]
        by_launch = changed(["graph_launches"], {"replays": {"count": 10}})
        self.assertTrue(compare(truth, by_launch, "launch")["equal"])
        self.assertFalse(compare(truth, by_launch, "node")["equal"])
        by_node = listing()
        by_node["kernels"]["add(int*)"] = {"count": 32, "linked": 32}
        by_node["kernels"]["mul(int*)"] = {"count": 10, "linked": 10}
        self.assertEqual(compare(truth, by_node, "node")["differences"], [])
        self.assertFalse(compare(truth, by_node, "launch")["equal"])


if __name__ == "__main__":
    unittest.main()
