"""Runs all that needs a GPU, part by part, the most valuable first, and writes one report. Every part
has a time limit of its own; a part that fails, or for which no time is left, is said to have, and the
others go on. The report is written anew after each part.

usage: run_all.py --pack FOLDER --out FOLDER [--seconds N] [--parts NAME,…] [--standin FOLDER]
"""

import argparse
import json
import os
import platform
import shutil
import sys
import time
import traceback

import capture_part
import metrics_part
import overhead_part
import pressure_part
import together_part
import truth_part
from place import Place

# Name, what runs it, seconds that must be left to begin it.
PARTS = [
    ("truth", truth_part.run, 20),
    ("buffers", capture_part.buffers, 15),
    ("trainings", capture_part.trainings, 30),
    ("ends", together_part.ends, 15),
    ("frameworks", capture_part.frameworks, 15),
    ("native_overhead", overhead_part.native, 30),
    ("pressure", pressure_part.run, 30),
    ("metrics", metrics_part.run, 20),
    ("torch_profiler", together_part.torch_profiler, 30),
    ("after_recording", overhead_part.after_window, 20),
    ("torch_overhead", overhead_part.torch_models, 40),
    ("windows", together_part.windows, 15),
    ("python_ends", together_part.python_ends, 20),
    ("sanitizer", together_part.sanitizer, 15),
]


def first_line(place, command):
    done = place.run(command, 10)
    return done["out"].strip().splitlines()[0] if done["status"] == 0 and done["out"].strip() else ""


def describe_machine(place):
    machine = {
        "kernel": platform.release(), "cores": os.cpu_count(), "libc": " ".join(platform.libc_ver()),
        "gpu": first_line(place, ["nvidia-smi", "--query-gpu=name,driver_version,memory.total",
                                  "--format=csv,noheader"]),
        "libcupti": place.cupti_from,
        "tbprof": first_line(place, [place.tbprof, "--version"]), "stand-in": bool(place.standin),
    }
    for package in ("torch", "jax", "tensorboard"):
        machine[package] = first_line(place, [place.python, "-c",
                                              f"import {package}; print({package}.__version__)"])
    doctor = place.run([place.tbprof, "doctor"], 30, place.environment())
    if doctor["status"] in (0, 1):
        machine["doctor"] = {"status": doctor["status"], "out": doctor["out"]}
    return machine


class Report:
    def __init__(self, path):
        self.path = path
        self.content = {"parts": {}}

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump(self.content, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def run_part(self, name, run, place, needs_s):
        began = time.monotonic()
        if place.left_s() < needs_s:
            result = {"good": False, "skipped": f"only {place.left_s():.0f} s were left"}
        else:
            try:
                result = run(place)
            except Exception:  # whatever is wrong with one part, the others are to run
                result = {"good": False, "trouble": traceback.format_exc()[-2000:]}
        result["seconds"] = round(time.monotonic() - began, 1)
        self.content["parts"][name] = result
        self.save()
        word = "good" if result["good"] else "skipped" if "skipped" in result else "BAD"
        print(f"{name:16} {word:8} {result['seconds']:6.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pack", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seconds", type=float, default=540)
    parser.add_argument("--parts", default=",".join(name for name, _, _ in PARTS))
    parser.add_argument("--standin", default="")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    place = Place(options.pack, options.out, options.standin, time.monotonic() + options.seconds)
    report = Report(os.path.join(options.out, "report.json"))
    report.content["machine"] = describe_machine(place)
    report.save()
    wanted = options.parts.split(",")
    unknown = sorted(set(wanted) - {name for name, _, _ in PARTS})
    if unknown:
        print(f"unknown parts: {', '.join(unknown)}", file=sys.stderr)
        return 2
    for name, run, needs_s in PARTS:
        if name in wanted:
            report.run_part(name, run, place, needs_s)
    shutil.rmtree(place.scratch_root, ignore_errors=True)
    return 0 if all(part["good"] for part in report.content["parts"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
