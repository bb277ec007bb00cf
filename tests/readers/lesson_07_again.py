"""Lesson 07, by a second reader. Its idea: few mistakes in all do not mean that the last one is behind you."""

from itertools import accumulate

HINTS = {"07.1": 0, "07.2": 0, "07.3": 0}  # how many were needed


def both_constants(gaps):
    running = accumulate(gaps)
    each_time = [gap * before**0.5 for before, gap in enumerate(gaps)]
    in_total = [so_far / pulls**0.5 for pulls, so_far in enumerate(running, start=1)]
    return max(each_time), max(in_total)


chance_per_pull = 1 - 0.95 ** (1 / 1000)

ANSWERS = {
    "07.1": (0.3 * 5**0.5, 4 * 0.3 / 6**0.5),  # the sixth pull decides both
    "07.2": both_constants,
    "07.3": [1 - (1 - 1 / 1000) ** 1000, 1000 * chance_per_pull],
}
