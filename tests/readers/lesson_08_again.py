"""Lesson 08, by a second reader. Its idea: rewards from while the follower was still trying things out
tell of answers it will never give again, so wait, throw them away, and learn only from what comes after."""

import numpy as np

import stackedu as se

HINTS = {"08.1": 0, "08.2": 0, "08.3": 0}  # how many were needed


def best_wait(T):
    # slope of E + T (log T)^(1/2) E^(-1/2): 1 - T (log T)^(1/2) E^(-3/2) / 2 = 0
    return (T * np.sqrt(np.log(T)) / 2) ** (2 / 3)


youth = 2 * 3000  # two answers to each action, 3000 looks at each: the wait fits either order
# 1500 looks: a gap of 0.1 is 2.7 standard errors, and they cost her 150 of the 2500 she may lose
patient = se.leaders.WaitThenCommit(wait=youth, explore=1500)

ANSWERS = {"08.1": [0.2, 0.4], "08.2": best_wait, "08.3": patient}
