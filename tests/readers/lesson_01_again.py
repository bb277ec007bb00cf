"""Lesson 01, by a second reader. Its idea: whoever moves first does not choose a cell, but which reply to draw."""

from fractions import Fraction

import stackedu as se

HINTS = {"01.1": 0, "01.2": 0, "01.3": 0}  # how many were needed


def firms():
    """What two firms earn if one goes first, in exact fractions."""
    outcomes = []
    for i in range(7):
        mine = Fraction(i, 6)
        best = {}
        for j in range(13):
            yours = Fraction(j, 12)
            price = max(1 - mine - yours, 0)
            best[yours * price] = max(mine * price, best.get(yours * price, 0))
        outcomes.append((best[max(best)], max(best)))
    return list(max(outcomes))


# Her best rows go round in a circle with the chatbot's best columns, and nothing is dominated.
BOTH_WANT_IT_FIRST = se.StackelbergGame([[0.8, 0.1], [0.2, 0.7]], [[0.5, 0.6], [0.3, 0.25]])

ANSWERS = {"01.1": (0.8, 0.5, 0.4, 0.7), "01.2": firms(), "01.3": BOTH_WANT_IT_FIRST}
