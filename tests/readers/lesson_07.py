"""Lesson 07, by a reader who had nothing else. Its idea: a learner that is nearly always right at each single
moment may still err again at some moment, so a promise about the next mistake, whenever it comes, asks more than
one about the sum of all mistakes."""

from math import sqrt

HINTS = {"07.1": 0, "07.2": 0, "07.3": 0}


def needed(gaps):
    each_time, in_total = 0.0, 0.0
    lost = 0.0
    for before, gap in enumerate(gaps):  # so many pulls came before this one
        each_time = max(each_time, gap * sqrt(before))  # the first pull is free: 0
        lost += gap
        in_total = max(in_total, lost / sqrt(before + 1))
    return [each_time, in_total]


at_least_one = 1 - 0.999**1000
mistakes_allowed = 1000 * (1 - 0.95 ** (1 / 1000))

# 07.1: the sixth pull, after five, is the dearest each time; in total it is the sum of four gaps after it
ANSWERS = {
    "07.1": [0.3 * sqrt(5), 4 * 0.3 / sqrt(6)],
    "07.2": needed,
    "07.3": [at_least_one, mistakes_allowed],
}
