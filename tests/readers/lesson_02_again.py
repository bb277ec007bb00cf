"""Lesson 02, by a second reader. Its idea: trust what may still be best, for the unlucky gap is the half-hidden one."""

import math

HINTS = {"02.1": 0, "02.2": 0, "02.3": 0}  # how many were needed

FROM, TO = 10**4, 10**8


def upper_end(average, n, horizon=1000):
    return average + math.sqrt(2 * math.log(horizon) / n)


def growth(bound):
    return bound(TO) / bound(FROM)


def never_doubts(question, notebook, settings, dice):
    """Of the arms not yet tried any one, by a throw of the dice; then whichever average is best."""
    tries, earned = notebook.pulls[question], notebook.sums[question]
    untried = [arm for arm in range(tries.size) if tries[arm] == 0]
    if untried:
        return untried[dice.integers(len(untried))], 1
    favourite = 0
    for arm in range(1, tries.size):
        if earned[arm] * tries[favourite] > earned[favourite] * tries[arm]:
            favourite = arm
    return favourite, 1


ANSWERS = {
    "02.1": [upper_end(0.7, 25), upper_end(0.6, 16), upper_end(0.2, 9)],
    "02.2": (
        growth(math.log),
        growth(lambda horizon: math.sqrt(horizon * math.log(horizon))),
        1 / growth(lambda horizon: math.sqrt(math.log(horizon) / horizon)),
    ),
    "02.3": never_doubts,
}
