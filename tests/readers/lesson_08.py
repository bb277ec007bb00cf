"""Lesson 08, by a reader who had nothing else. Its idea: rewards earned while the other one is still trying things
out tell you about somebody who will soon be gone, so wait about T^(2/3) rounds, throw those rewards away, and only
then begin to learn."""

import math

import stackedu as se

HINTS = {"08.1": 0, "08.2": 0, "08.3": 0}  # how many were needed


def best_wait(T):
    # d/dE: 1 - T sqrt(log T) / 2 * E^(-3/2) = 0
    return (T * math.sqrt(math.log(T)) / 2) ** (2 / 3)


# 08.1: the first E pulls (column b1) go into the bin, the next E are column b2
# 08.3: the chatbot tries two answers 3000 times each, so 6000 pulls of each action are about its youth
ANSWERS = {
    "08.1": [0.2, 0.4],
    "08.2": best_wait,
    "08.3": se.leaders.WaitThenCommit(wait=2 * 3000),
}
