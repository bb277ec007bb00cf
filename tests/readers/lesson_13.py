"""Lesson 13, by a reader who had nothing else. Its idea: a follower's near-tie can overturn a leader's conclusion."""

import stackedu as se

HINTS = {"13.1": 0, "13.2": 0, "13.3": 0}  # how many were needed


def gap(w):
    direct = (1 - w) * 0.7 + w * 0.8
    long = (1 - w) * 0.65 + w * 0.4
    return direct - long


def subsidised():
    old = se.games.recommender()
    system = old.leader.copy()
    system[0, 0] += 0.28  # paid for every article read when the article is on top: 0.63 beats the clip's 0.6
    return se.StackelbergGame(system, old.follower)


ANSWERS = {"13.1": [(0.6 - 0.3) / (0.7 - 0.65), (0.6 - 0.7) / (0.7 - 0.1)], "13.2": gap, "13.3": subsidised()}
