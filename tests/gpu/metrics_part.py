"""Hardware metrics beside everything else: as many samples as intervals, in step with the kernels that the
program ran, no kernel less for it, and what sampling costs."""

from place import last_json

PHASES, MILLISECONDS = 4, 300
INTERVAL_VARIABLE, METRICS_VARIABLE = "TBPROF_METRICS_INTERVAL_US", "TBPROF_METRICS"
SEVERAL_PASSES = "sm__throughput.avg.pct_of_peak_sustained_elapsed"
SMS_ACTIVE = "GPU 0 SMs active %"
# While kernels fill the GPU, and while nothing runs.
LEAST_BUSY_PERCENT, MOST_IDLE_PERCENT = 85, 10
# Of the samples that the time has room for.
LEAST_SHARE = 0.8


def _judge(done, listing, interval_us):
    """What one recording with metrics shows, and whether that is as it must be."""
    figures = last_json(done["out"])
    counter = listing["counters"].get(SMS_ACTIVE)
    properties = {key: value for key, value in listing["properties"].items() if "metric" in key}
    row = {"interval_us": interval_us, **figures, "properties": properties, "losses": listing["losses"],
           "kernels_recorded": sum(kernel["count"] for kernel in listing["kernels"].values()), "SMs active": counter}
    row["kernels_missing"] = figures.get("launches", 0) - row["kernels_recorded"]
    if counter is None:
        row["trouble"] = properties.get("cuda.metrics_not_sampled", "there are no samples and no word why")
        return {**row, "good": False}
    expected = figures.get("sampled_ms", 0) * 1000 / interval_us
    row["samples_of_expected"] = counter["values"] / expected if expected else None
    row["good"] = (row["kernels_missing"] == 0 and counter["values"] >= LEAST_SHARE * expected and
                   counter["mean_while_busy"] >= LEAST_BUSY_PERCENT and
                   counter["mean_while_idle"] <= MOST_IDLE_PERCENT)
    return row


def _sampled(place, interval_us, names="default"):
    command = [place.binary("gpu_launch_workload"), "phases", str(PHASES), str(MILLISECONDS)]
    done = place.record(f"metrics_{interval_us}", command, 40,
                        extra={METRICS_VARIABLE: names, INTERVAL_VARIABLE: str(interval_us)})
    listing, reason = place.listing(done["trace"])
    if listing is None:
        return {"good": False, "trouble": reason, "status": done["status"], "errors": done["errors"][-500:]}
    return {**_judge(done, listing, interval_us), "status": done["status"], "errors": done["errors"][-500:]}


def _cost(place):
    """Empty launches recorded with and without metrics, in turn."""
    rows = []
    for _ in range(3):
        for metrics in ("", "default"):
            done = place.record("metrics_cost", [place.binary("gpu_launch_workload"), "empty", "200000"], 40,
                                extra={METRICS_VARIABLE: metrics} if metrics else None)
            rows.append({"metrics": metrics, "status": done["status"], **last_json(done["out"])})
    return rows


def run(place):
    rows = {"each millisecond": _sampled(place, 1000), "each 100 us": _sampled(place, 100)}
    refused = rows["each millisecond"].get("properties", {}).get("cuda.metrics_not_sampled", "")
    if "NVreg_RestrictProfilingToAdminUsers" in refused:
        return {"good": False, "skipped": refused, "runs": rows}
    several = _sampled(place, 1000, SEVERAL_PASSES)
    several["good"] = several.get("status") == 0 and "runs of the same work" in several.get("trouble", "")
    rows["of several passes"] = several
    return {"good": all(row["good"] for row in rows.values()), "runs": rows, "cost": _cost(place)}
