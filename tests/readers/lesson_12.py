"""Lesson 12, by a reader who had nothing else. Its idea: which learner you bring is itself a move in a game, and there
a rule tied down beforehand can serve as a threat that earns more than always answering best."""

import numpy as np

import stackedu as se

HINTS = {"12.1": 0, "12.2": 0, "12.3": 0}


def rule_pays(game, rule):
    hers = [game.leader[a][b] for a, b in enumerate(rule)]
    a = hers.index(max(hers))
    return game.follower[a][rule[a]]


table = se.StackelbergGame([[0.6, 0.3], [0.5, 0.1]], [[0.1, 0], [0.3, 0.2]])
rules = [(0, 0), (0, 1), (1, 0), (1, 1)]


def equilibria(game):
    her_gain = np.max(game.leader, axis=0)[None, :] - game.leader
    its_gain = np.max(game.follower, axis=1)[:, None] - game.follower
    return int(((her_gain <= 0.01) & (its_gain <= 0.01)).sum())


costly = se.StackelbergGame([[0.9, 0.1], [0.5, 0.3]], [[0.2, 0.1], [0.95, 0]])

ANSWERS = {"12.1": [rule_pays(table, rule) for rule in rules], "12.2": equilibria, "12.3": costly}
