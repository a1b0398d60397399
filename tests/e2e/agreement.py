"""Compares recorded steps with the times that samples/train wrote of itself (--step-log)."""

import statistics

TOLERANCE = 0.01
# The program's clock readings lie just outside the recorder's: where the machine interrupts it
# between the two, they differ and both are right. That many of a thousand may do so.
INTERRUPTED_PER_MILLE = 5


def read_step_log(path):
    """{number: (duration_ns, end_ns)} of the whole lines of a log, which may be cut."""
    steps = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if line.endswith("\n") and len(words) == 4 and words[0] == "step":
                steps[int(words[1])] = (int(words[2]), int(words[3]))
    return steps


def recorded_steps(report):
    """{number: duration_ns} of the complete steps of an overview report, all of them."""
    steps = report["steps"]
    assert steps["steps_shown"] == steps["count"], "the report leaves steps out"
    return {step["number"]: step["marked_duration_ns"] for step in steps["list"] if step["complete"]}


def differs(recorded, printed):
    return abs(recorded - printed) > TOLERANCE * printed


def complaints(recorded, printed):
    """What is wrong with {number: duration_ns} against a step log, a sentence each."""
    found = []
    both = sorted(set(recorded) & set(printed))
    if not both:
        return [f"no step is in both: {len(recorded)} recorded, {len(printed)} printed"]
    # The last step may be recorded and its line not written when the program is killed.
    unknown = sorted(set(recorded) - set(printed) - {max(printed) + 1})
    if unknown:
        found.append(f"steps {unknown[:5]} were recorded and never printed")
    holes = sorted(set(range(both[0], both[-1] + 1)) - set(recorded))
    if holes or both[0] != min(printed):
        found.append(f"steps are missing before the end: first is {both[0]}, then {holes[:5]}")
    odd = [number for number in both if differs(recorded[number], printed[number][0])]
    if len(odd) > max(1, len(both) * INTERRUPTED_PER_MILLE // 1000):
        pairs = [(number, recorded[number], printed[number][0]) for number in odd[:5]]
        found.append(f"{len(odd)} of {len(both)} steps differ by more than 1 %: {pairs} "
                     "(number, recorded ns, printed ns)")
    for name, figure in [("median", statistics.median), ("mean", statistics.mean), ("sum", sum)]:
        ours = figure([recorded[number] for number in both])
        theirs = figure([printed[number][0] for number in both])
        if differs(ours, theirs):
            found.append(f"the {name} is {ours:.0f} ns recorded and {theirs:.0f} ns printed")
    return found


def missing_ns(recorded, printed):
    """Time between the last recorded end and the last printed end."""
    last = max((number for number in recorded if number in printed), default=None)
    end = max(end_ns for _, end_ns in printed.values())
    return end - printed[last][1] if last is not None else end
