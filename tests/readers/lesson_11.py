"""Lesson 11, by a reader who had nothing else. Its idea: rank an action by the best answer still in play, since the
average over a partner who is still learning tells what it does now and not what it will do in the end."""

import math

HINTS = {"11.1": 0, "11.2": 0, "11.3": 0}  # how many were needed


def played(s, B):
    """Rounds of an action once its phase s is over: add up the phases one by one."""
    total = 0
    for phase in range(1, s + 1):
        total += B * 2**phase
    return total


# She gives up at a root sqrt(2 log T / n) of 0.1. The same root is the follower's bonus, which counts above and below.
T = 10**6
n = 2 * math.log(T) / (0.6 - 0.5) ** 2
smallest_gap = 2 * math.sqrt(2 * math.log(T) / n)

ANSWERS = {
    "11.1": [0.3 + 0.1, 0.35 + 0.1, 0.7 + 0.1, 0.4 + 0.1],
    "11.2": played,
    "11.3": smallest_gap,
}
