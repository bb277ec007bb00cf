"""Lesson 05, by a second reader. Its idea: promise a player only what is left in the worst case after
mistakes too small to be seen (paid for at their own size) are forgiven; then the promise does not jump with them."""

import numpy as np

import stackedu as se

HINTS = {"05.1": 0, "05.2": 0, "05.3": 0}  # how many were needed


def last_bargain(game):
    gaps = game.follower.max(axis=1, keepdims=True) - game.follower
    best, where = np.inf, 0.0
    for epsilon in np.unique(gaps):  # in rising order: her guarantee changes nowhere else
        sure = np.where(gaps <= epsilon, game.leader, np.inf).min(axis=1).max()
        if sure + epsilon < best - 1e-9:  # a real bargain, not a rounding error
            best, where = sure + epsilon, epsilon
    return where


# the twin Ĩ, in which small talk is worth all the world to the follower
spoiled = se.StackelbergGame([[0.6, 0.2], [0.5, 0.4]], [[0.04, 0.08], [1.0, 0.4]])

ANSWERS = {"05.1": [0.6, 0.5 + 0.05, 0.4 + 0.1], "05.2": last_bargain, "05.3": spoiled}
