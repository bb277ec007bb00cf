"""Lesson 12, by a reader who had nothing else. Its idea: picking a learner is a move; who fixes a rule first leads."""

import stackedu as se

HINTS = {"12.1": 0, "12.2": 0, "12.3": 0}  # how many were needed

HERS = [[0.6, 0.3], [0.5, 0.1]]
ITS = [[0.1, 0], [0.3, 0.2]]


def earns(rule):
    """What the chatbot with this rule earns, once she has found the action that suits her."""
    a = max((0, 1), key=lambda a: HERS[a][rule[a]])
    return ITS[a][rule[a]]


def equilibria(game):
    she_stays = game.leader >= game.leader.max(axis=0, keepdims=True) - 0.01
    it_stays = game.follower >= game.follower.max(axis=1, keepdims=True) - 0.01
    return int((she_stays & it_stays).sum())


# Knowing: a1 is answered by b1, which is her best, and it gets 0.1. With (b2, b1) she goes to a2, and it gets 1.
costly = se.StackelbergGame([[1, 0], [0.5, 0.5]], [[0.1, 0], [1, 0]])

ANSWERS = {
    "12.1": [earns(rule) for rule in [(0, 0), (0, 1), (1, 0), (1, 1)]],
    "12.2": equilibria,
    "12.3": costly,
}
