"""Lesson 00, by a reader who had nothing else. Its idea: while both still learn, a follower's cheap mistakes can cost
the leader dearly and mislead her about her own moves, so who pays for learning need not be who is doing it."""

import numpy as np

import stackedu as se

HINTS = {"00.1": 0, "00.2": 0, "00.3": 0}  # how many were needed

HORIZON = 10_000
GAME = se.games.chatbot()


def cells_with_the_dot(payoffs_leader, payoffs_follower):
    """What the leader gets in each row if the follower takes its largest number there."""
    return [float(hers[np.argmax(its)]) for hers, its in zip(payoffs_leader, payoffs_follower, strict=True)]


def lost_per_round_against_careful():
    user, careful = se.leaders.UCB(), se.followers.ActiveArmElimination()
    duel = se.simulate(GAME, user, careful, HORIZON, n_runs=50, seed=1)
    played = duel.counts[:, -1].mean(axis=0) / HORIZON  # share of rounds, a 3 x 3 table
    return float((played * (0.8 - GAME.leader)).sum())


ANSWERS = {
    "00.1": cells_with_the_dot(GAME.leader, [GAME.follower[0], [0.7, 0.65, 0.8], GAME.follower[2]]),
    "00.2": 0.7 * 5_000 - (3_000 * 0.7 + 1_000 * 0.65 + 1_000 * 0.9),
    "00.3": lost_per_round_against_careful(),
}
