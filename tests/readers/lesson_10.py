"""Lesson 10, by a reader who had nothing else. Its idea: two can learn together if what is small for one is small
for the other, whether or not they agree on what is good."""

from math import sqrt

import stackedu as se

HINTS = {"10.1": 0, "10.2": 0, "10.3": 0}  # how many were needed


def times_as_many(L, B):
    # equal bonuses: (1 + L sqrt(B)) / sqrt(n_wide) = 1 / sqrt(n_plain)
    return (1 + L * sqrt(B)) ** 2


lopsided = se.StackelbergGame([[0.9, 0.6], [0.3, 0.0]], [[0.9, 0.899], [0.3, 0.0]])  # 0.3 against 0.001

ANSWERS = {"10.1": (0.5 - 0.2) / (0.5 - 0.4), "10.2": times_as_many, "10.3": lopsided}
