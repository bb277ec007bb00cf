"""Lesson 13, by a second reader. Its idea: test a conclusion from made-up payoffs by moving each of them a little.

What matters most to the leader may be a payoff of the follower's, where two answers are nearly the same to it only.
"""

import numpy as np

import stackedu as se

HINTS = {"13.1": 0, "13.2": 0, "13.3": 0}  # how many were needed

reader = se.games.recommender()
clip_on_top = 1
loses_of_system = reader.leader[clip_on_top, 1] - reader.leader[clip_on_top]  # 0.3, 0, -0.1
loses_of_reader = reader.follower[clip_on_top, 1] - reader.follower[clip_on_top]  # 0.05, 0, 0.6


def gap(w):
    """Best of the three mixed payoffs of a detailed question, less that of a long answer."""
    useful, rating = np.array([0.8, 0.4, 0.3]), np.array([0.7, 0.65, 0.4])
    mixed = (1 - w) * rating + w * useful
    return mixed.max() - mixed[1]


subsidy = np.zeros((3, 3))
subsidy[0, 0] = 0.27  # an article that is read on top: 0.62, more than the 0.6 of a clip

ANSWERS = {
    "13.1": loses_of_system[[0, 2]] / loses_of_reader[[0, 2]],
    "13.2": gap,
    "13.3": se.StackelbergGame(reader.leader + subsidy, reader.follower),
}
