"""Lesson 07, by a reader who had nothing else. Its idea: to be right at any one moment, and to lose little in all, is
much less than a promise never to err again, so ask for the promise that holds for all later pulls at once."""

import math

HINTS = {"07.1": 0, "07.2": 0, "07.3": 0}  # how many were needed


def needed(gaps):
    each_time, in_total, lost = 0.0, 0.0, 0.0
    for before, gap in enumerate(gaps):
        lost += gap
        each_time = max(each_time, gap * math.sqrt(before))
        in_total = max(in_total, lost / math.sqrt(before + 1))
    return [each_time, in_total]


never = 0.95 ** (1 / 1000)  # the chance that one pull goes right, if all 1000 go right with probability 95 %

ANSWERS = {
    "07.1": [0.3 * math.sqrt(5), 1.2 / math.sqrt(6)],
    "07.2": needed,
    "07.3": [1 - 0.999**1000, 1000 * (1 - never)],
}
