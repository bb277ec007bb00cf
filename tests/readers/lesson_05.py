"""Lesson 05, by a reader who had nothing else. Its idea: forgive the follower any mistake too small to be seen, at a
price of its own size, and promise each player only what is left in the worst case; such a promise can be kept."""

import numpy as np

import stackedu as se

HINTS = {"05.1": 0, "05.2": 0, "05.3": 0}  # how many were needed


def last_bargain(game):
    gaps = game.follower.max(axis=1, keepdims=True) - game.follower
    best, bought = np.inf, 0
    for epsilon in sorted(set(gaps.ravel())):  # only a gap changes what she is sure of
        sure = np.where(gaps <= epsilon, game.leader, np.inf).min(axis=1).max()
        if sure + epsilon < best - 1e-9:  # strictly lower, rounding apart
            best, bought = sure + epsilon, epsilon
    return bought


# twin Ĩ, with small talk worth more to the follower and hard questions worth next to nothing
lopsided = se.StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.0, 0.05], [1.0, 0.5]])

ANSWERS = {"05.1": [0.6, 0.5 + 0.05, 0.4 + 0.1], "05.2": last_bargain, "05.3": lopsided}
