"""Compares recorded steps with the times that samples/train wrote of itself (--step-log)."""

TOLERANCE = 0.01


class PrintedStep:
    """The program reads its clock before and after it marks a step's begin and end. A recorded
    duration lies between the inner and the outer one, even where the machine interrupts the
    program between two readings."""

    def __init__(self, outer_ns, end_ns, inner_ns):
        self.outer_ns, self.end_ns, self.inner_ns = outer_ns, end_ns, inner_ns

    def agrees(self, recorded_ns):
        return (self.inner_ns * (1 - TOLERANCE) <= recorded_ns
                <= self.outer_ns * (1 + TOLERANCE))


def read_step_log(path):
    """{number: PrintedStep} of the whole lines of a log, which may be cut."""
    steps = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            words = line.split()
            if line.endswith("\n") and len(words) == 5 and words[0] == "step":
                steps[int(words[1])] = PrintedStep(*(int(word) for word in words[2:]))
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
    odd = [(number, recorded[number], printed[number].outer_ns) for number in both
           if not printed[number].agrees(recorded[number])]
    if odd:
        found.append(f"{len(odd)} of {len(both)} steps differ by more than 1 %: {odd[:5]} "
                     "(number, recorded ns, printed ns)")
    return found


def missing_at_the_end(report, printed):
    """(nanoseconds between the moment up to which the recording is whole and the last printed end,
    numbers of printed steps that ended before that moment and are not recorded)."""
    ends_ns = {step["number"]: step["marked_start_ns"] + step["marked_duration_ns"]
               for step in report["steps"]["list"] if step["complete"]}
    last = max(number for number in ends_ns if number in printed)
    # The trace counts from its start, the program from the machine's.
    covered_ns = report["capture"]["covered_until_ns"] + printed[last].end_ns - ends_ns[last]
    left_out = [number for number, step in printed.items()
                if step.end_ns < covered_ns and number not in ends_ns]
    return max(step.end_ns for step in printed.values()) - covered_ns, left_out
