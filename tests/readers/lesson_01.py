"""Lesson 01, by a reader who had nothing else. Its idea: whoever moves first picks what the other one reacts to, one
dot a row, and whether that is worth anything depends on how far the two want the same."""

import numpy as np

import stackedu as se

HINTS = {"01.1": 0, "01.2": 0, "01.3": 0}


def firms():
    """Rows are the leader's quantities in sixths, columns the follower's in twelfths."""
    q1, q2 = np.arange(7)[:, None] / 6, np.arange(13)[None, :] / 12
    price = np.maximum(1 - q1 - q2, 0)
    return se.StackelbergGame(price * q1, price * q2)


outcome = se.stackelberg(firms())

# A padded answer always pays the chatbot more, so she trusts it only if it has bound itself to an honest one.
trust_or_check = se.StackelbergGame(
    [[0.8, 0.1], [0.3, 0.4]],
    [[0.6, 0.9], [0.1, 0.2]],
    leader_actions=["trust", "check"],
    follower_actions=["honest", "padded"],
)

ANSWERS = {
    "01.1": [0.8, 0.5, 0.4, 0.7],
    "01.2": [outcome.leader, outcome.follower],
    "01.3": trust_or_check,
}
