"""Medians with 95 % intervals by resampling. The numbers are few and not normal."""

import random
import statistics

RESAMPLES = 2000


def _interval(samples):
    samples.sort()
    return [samples[int(0.025 * len(samples))], samples[int(0.975 * len(samples)) - 1]]


def median(values):
    """{"median", "interval", "values"} of a list; None of an empty one."""
    if not values:
        return None
    dice = random.Random(7)
    resampled = [statistics.median(dice.choices(values, k=len(values))) for _ in range(RESAMPLES)]
    return {"median": statistics.median(values), "interval": _interval(resampled), "values": values}


def _compare(values, others, combine):
    if not values or not others:
        return None
    dice = random.Random(7)
    resampled = [combine(statistics.median(dice.choices(values, k=len(values))),
                         statistics.median(dice.choices(others, k=len(others)))) for _ in range(RESAMPLES)]
    return {"median": combine(statistics.median(values), statistics.median(others)),
            "interval": _interval(resampled)}


def ratio(values, others):
    return _compare(values, others, lambda one, other: one / other if other else float("inf"))


def difference(values, others):
    return _compare(values, others, lambda one, other: one - other)
