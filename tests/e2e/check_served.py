"""quickstart.sh --check: serves a log directory, fetches page and data of its newest recording and
compares them with what the program printed.

Usage: check_served.py TBPROF LOGDIR STEP_LOG
"""

import os
import sys

from agreement import complaints, read_step_log, recorded_steps
from served import Served


def newest_run(logdir):
    runs = [run for run in os.listdir(logdir) if os.path.isdir(os.path.join(logdir, run))]
    return max(runs, key=lambda run: os.path.getmtime(os.path.join(logdir, run)))


def main(tbprof, logdir, step_log):
    printed = read_step_log(step_log)
    with Served(tbprof, logdir) as served:
        page = served.page()
        capture = served.capture(newest_run(logdir))
        report = served.ask("plugin/overview/report", capture=capture["id"])
    found = complaints(recorded_steps(report), printed)
    if "<html" not in page.lower():
        found.append("the page is no HTML")
    if capture["state"] != "finished":
        found.append(f"the recording is {capture['state']}, not finished")
    if report["steps"]["complete_count"] != len(printed):
        found.append(f"{report['steps']['complete_count']} steps were recorded, the program "
                     f"printed {len(printed)}")
    for sentence in found:
        print(f"check: {sentence}", file=sys.stderr)
    if found:
        return 1
    print(f"{len(printed)} steps recorded and served, all as the program printed them: median "
          f"{report['steps']['median_ns'] / 1e6:.2f} ms")
    print("OK")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
