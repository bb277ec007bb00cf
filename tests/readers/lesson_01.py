"""Lesson 01, by a reader who had nothing else. Its idea: who moves first picks among the other's reactions, one a row;
whether that beats moving second depends on how the two tables fit together, not on being first."""

import numpy as np

import stackedu as se

HINTS = {"01.1": 0, "01.2": 0, "01.3": 0}  # how many were needed


def duopoly():
    """Rows: what the leading firm brings. Columns: what the other firm brings."""
    q1 = np.arange(7)[:, None] / 6
    q2 = np.arange(13)[None, :] / 12
    price = np.maximum(0, 1 - q1 - q2)
    return se.StackelbergGame(q1 * price, q2 * price)


def chatbot_should_lead():
    """Once she has asked, its second answer always pays it more; if it has to choose first, it gives its first one."""
    return se.StackelbergGame([[0.9, 0.0], [0.5, 0.2]], [[0.6, 0.8], [0.4, 0.5]])


firms = se.stackelberg(duopoly())

ANSWERS = {
    "01.1": [0.8, 0.5, 0.4, 0.7],
    "01.2": [firms.leader, firms.follower],
    "01.3": chatbot_should_lead(),
}
