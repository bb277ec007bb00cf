"""Lesson 00, by a second reader. Its idea: when both learn at once, a slip cheap for one is dear to the other."""

import numpy as np

import stackedu as se

HINTS = {"00.1": 0, "00.2": 0, "00.3": 0}  # how many were needed

GAME = se.games.chatbot()


def what_she_gets():
    ratings = GAME.follower.copy()
    ratings[1, 2] = 0.8
    return np.array([GAME.leader[row, ratings[row].argmax()] for row in range(3)])


def careful():
    duel = se.simulate(GAME, se.leaders.UCB(), se.followers.ActiveArmElimination(), 10_000, n_runs=50, seed=1)
    hers = 0.8 - (duel.counts[:, -1] * GAME.leader).sum(axis=(1, 2)) / 10_000
    return hers.mean()


ANSWERS = {
    "00.1": what_she_gets(),
    "00.2": 5000 * 0.7 - (3000 * 0.7 + 1000 * 0.65 + 1000 * 0.9),
    "00.3": careful(),
}
