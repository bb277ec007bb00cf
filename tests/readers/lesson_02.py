"""Lesson 02, by a reader who had nothing else. Its idea: a learner on its own pays only about log T on a bandit that
stays put, yet about √T on the bandit whose gap was picked for its horizon, just too small to be seen in time."""

import numpy as np

HINTS = {"02.1": 0, "02.2": 0, "02.3": 0}  # how many were needed


def index(average, tried, horizon=1000):
    return average + np.sqrt(2 * np.log(horizon) / tried)


def greedy(context, state, params, rng):
    tried, earned = state.pulls[context], state.sums[context]
    best, best_average = 0, -np.inf
    for arm in range(len(tried)):
        if tried[arm] == 0:
            return arm, 1
        average = earned[arm] / tried[arm]
        if average > best_average:
            best, best_average = arm, average
    return best, 1


ANSWERS = {
    "02.1": [index(0.7, 25), index(0.6, 16), index(0.2, 9)],
    "02.2": [8 / 4, np.sqrt(10**4 * 2), np.sqrt(10**4 / 2)],
    "02.3": greedy,
}
